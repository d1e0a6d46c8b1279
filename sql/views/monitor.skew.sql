-- Whether what was served is what is computed, run by run.
--
-- Grain   one row per run, measure and subject
-- Reads   monitor.measures, ops.runs
create or replace view monitor.skew as
select
    r.job_name,
    m.run_id,
    r.as_of_date,
    m.measure_name,
    m.subject,
    m.value,
    m.unit
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name like 'skew\_%';

comment on view monitor.skew is 'Whether what was served is what is computed: features, predictions, availability, one row per run, measure and subject.';
comment on column monitor.skew.job_name is 'The job.';
comment on column monitor.skew.run_id is 'The run that compared.';
comment on column monitor.skew.as_of_date is 'Its date.';
comment on column monitor.skew.measure_name is 'skew_differing_share, skew_largest_difference, skew_compared_users: features served by the publication before. skew_predicted_rate, skew_observed_rate, skew_prediction_deviations, skew_exposures: its predictions. skew_without_features: of this publication.';
comment on column monitor.skew.subject is 'recomputed (by the text that served) or recounted (from the interactions), with the feature where it differs; a task; users or items.';
comment on column monitor.skew.value is 'The measure.';
comment on column monitor.skew.unit is 'Its unit.';
grant select on monitor.skew to vitrine_job, vitrine_analyst, vitrine_dashboard;
