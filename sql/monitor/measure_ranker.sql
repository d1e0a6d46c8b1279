-- How good the probabilities of the ranker are, task by task, on the days held out of it.
--
-- Grain   one row per measure and task; none where the run has measured no ranker
-- Reads   model.metrics, model.models, model.reliability
-- Writes  monitor.measures
-- Params  run_id
-- Note    Calibrated anew each night, which is what a job that runs each night serves. Of a duration there
--         is the calibration alone.
-- Source  normalised entropy and calibration: He et al., "Practical Lessons from Predicting Clicks on Ads
--         at Facebook", ADKDD 2014; calibration error: Naeini, Cooper, Hauskrecht, AAAI 2015
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

protocols as (
    select distinct r.model_id, r.protocol
    from model.models as m
    inner join model.reliability as r on r.model_id = m.model_id and r.calibrated = 'each_night'
    where m.run_id = :'run_id'::bigint and m.kind = 'ranker'
),

figures as (
    select q.value, q.metric_name,
        substring(q.metric_name from '_(auc|log_loss|normalised_entropy|calibration_error|calibration)$')
            as measure_name
    from protocols as p
    inner join model.metrics as q on q.model_id = p.model_id and q.protocol = p.protocol
)

select
    :'run_id'::bigint,
    'model',
    'ranker_' || f.measure_name,
    left(f.metric_name, -length(f.measure_name) - 1),
    f.value,
    case f.measure_name when 'log_loss' then 'nats' else 'ratio' end
from figures as f
where f.measure_name is not null;
