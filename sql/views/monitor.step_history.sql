-- How long steps took, against their own history.
--
-- Grain   one row per run and step
-- Reads   monitor.measures, ops.runs
create or replace view monitor.step_history as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    m.subject as step_name,
    max(m.value) filter (where m.measure_name = 'step_duration') as duration_seconds,
    max(m.value) filter (where m.measure_name = 'step_duration_ratio') as duration_ratio,
    max(m.value) filter (where m.measure_name = 'step_rate') as rows_per_second,
    max(m.value) filter (where m.measure_name = 'step_cost') as seconds_per_1000_users
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name in (
        'step_duration', 'step_duration_ratio', 'step_rate', 'step_cost')
group by m.run_id, r.job_name, r.as_of_date, m.subject;

comment on view monitor.step_history is 'How long steps took, against their own history, and what they cost.';
comment on column monitor.step_history.run_id is 'The run.';
comment on column monitor.step_history.job_name is 'The job.';
comment on column monitor.step_history.as_of_date is 'The date of the run.';
comment on column monitor.step_history.step_name is 'The step.';
comment on column monitor.step_history.duration_seconds is 'How long it took.';
comment on column monitor.step_history.duration_ratio is 'The same over the median of its last successes in the same job, 14 at most; null before there are three.';
comment on column monitor.step_history.rows_per_second is 'Rows written, or read where none are written, per second.';
comment on column monitor.step_history.seconds_per_1000_users is 'Duration over thousands of users of the publication.';
grant select on monitor.step_history to vitrine_job, vitrine_analyst, vitrine_dashboard;
