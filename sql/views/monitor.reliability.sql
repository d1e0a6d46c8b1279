-- Whether the probabilities of each ranker mean what they say: reliability diagrams.
--
-- Grain   one row per ranker, protocol, task and bin
-- Reads   model.reliability, model.models
create or replace view monitor.reliability as
select
    m.run_id,
    m.model_id,
    m.as_of_date,
    b.protocol,
    b.calibrated,
    b.task_name,
    b.bin_number,
    b.prediction_count,
    b.mean_prediction,
    b.positive_share
from model.reliability as b
inner join model.models as m on m.model_id = b.model_id;

comment on view monitor.reliability is 'Whether the probabilities of each ranker mean what they say: reliability diagrams, bins of equal numbers of predictions.';
comment on column monitor.reliability.run_id is 'The run that measured.';
comment on column monitor.reliability.model_id is 'The ranker.';
comment on column monitor.reliability.as_of_date is 'The ranker knew what was known before 00:00 UTC of this date.';
comment on column monitor.reliability.protocol is 'How it was measured, with the dates.';
comment on column monitor.reliability.calibrated is 'once (before the first of the days held out) or each_night.';
comment on column monitor.reliability.task_name is 'What is predicted.';
comment on column monitor.reliability.bin_number is 'Place of the bin from 1, by rising prediction.';
comment on column monitor.reliability.prediction_count is 'Predictions in the bin.';
comment on column monitor.reliability.mean_prediction is 'Mean of the predictions.';
comment on column monitor.reliability.positive_share is 'Share of them that came true: equal to the mean prediction where probabilities mean what they say.';
grant select on monitor.reliability to vitrine_job, vitrine_analyst, vitrine_dashboard;
