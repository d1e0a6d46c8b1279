-- How well each model ranked what was held out, baselines beside it.
--
-- Grain   one row per model, cohort, metric and cutoff
-- Reads   model.metrics, model.models
create or replace view monitor.model_quality as
select
    m.run_id,
    m.model_id,
    m.kind,
    m.as_of_date,
    q.protocol,
    q.cohort,
    q.metric_name,
    q.cutoff,
    q.value,
    q.lower_bound,
    q.upper_bound,
    q.user_count,
    q.measured_at
from model.metrics as q
inner join model.models as m on m.model_id = q.model_id;

comment on view monitor.model_quality is 'How well each model ranked what was held out, baselines beside it.';
comment on column monitor.model_quality.run_id is 'The run that measured.';
comment on column monitor.model_quality.model_id is 'The model.';
comment on column monitor.model_quality.kind is 'two_tower, funnel, or a baseline: popularity, item_cosine.';
comment on column monitor.model_quality.as_of_date is 'The model knew what was known before 00:00 UTC of this date.';
comment on column monitor.model_quality.protocol is 'How it was measured.';
comment on column monitor.model_quality.cohort is 'Which users.';
comment on column monitor.model_quality.metric_name is 'The measure.';
comment on column monitor.model_quality.cutoff is 'Length of the list that was judged; 0 for the whole.';
comment on column monitor.model_quality.value is 'The measure.';
comment on column monitor.model_quality.lower_bound is 'Lower end of the 95 % bootstrap interval.';
comment on column monitor.model_quality.upper_bound is 'Upper end of the interval.';
comment on column monitor.model_quality.user_count is 'Users behind it.';
comment on column monitor.model_quality.measured_at is 'When it was measured.';
grant select on monitor.model_quality to vitrine_job, vitrine_analyst, vitrine_dashboard;
