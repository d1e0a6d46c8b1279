-- Measures of data, model and system.
--
-- Grain   one row per run, measure and subject
-- Reads   monitor.measures, ops.runs
create or replace view monitor.run_measures as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    m.level,
    m.measure_name,
    m.subject,
    m.value,
    m.unit,
    m.measured_at
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id;

comment on view monitor.run_measures is 'Measures of data, model and system, one row per run, measure and subject.';
comment on column monitor.run_measures.run_id is 'The run.';
comment on column monitor.run_measures.job_name is 'The job.';
comment on column monitor.run_measures.as_of_date is 'The date of the run.';
comment on column monitor.run_measures.level is 'data, model or system.';
comment on column monitor.run_measures.measure_name is 'What was measured.';
comment on column monitor.run_measures.subject is 'Of what.';
comment on column monitor.run_measures.value is 'The measure.';
comment on column monitor.run_measures.unit is 'Its unit.';
comment on column monitor.run_measures.measured_at is 'When it was measured.';
grant select on monitor.run_measures to vitrine_job, vitrine_analyst, vitrine_dashboard;
