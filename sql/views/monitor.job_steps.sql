-- Steps of runs, as they were last attempted.
--
-- Grain   one row per run and step
-- Reads   ops.steps
create or replace view monitor.job_steps as
select distinct on (s.run_id, s.position, s.step_name)
    s.run_id,
    s.position,
    s.step_name,
    s.status,
    s.attempt,
    s.started_at,
    s.finished_at,
    extract(epoch from coalesce(s.finished_at, clock_timestamp()) - s.started_at)::double precision
        as duration_seconds,
    s.rows_in,
    s.rows_out,
    s.rows_per_second,
    s.error_message
from ops.steps as s
order by s.run_id, s.position, s.step_name, s.attempt desc;

comment on view monitor.job_steps is 'Steps of runs, as they were last attempted.';
comment on column monitor.job_steps.run_id is 'The run.';
comment on column monitor.job_steps.position is 'Place of the step in its job, from 1.';
comment on column monitor.job_steps.step_name is 'Name of the step.';
comment on column monitor.job_steps.status is 'running, succeeded, failed or interrupted.';
comment on column monitor.job_steps.attempt is 'How often the step was attempted.';
comment on column monitor.job_steps.started_at is 'When the last attempt began.';
comment on column monitor.job_steps.finished_at is 'When it ended.';
comment on column monitor.job_steps.duration_seconds is 'How long it took, or has been running.';
comment on column monitor.job_steps.rows_in is 'Rows read; null where it cannot be said.';
comment on column monitor.job_steps.rows_out is 'Rows written.';
comment on column monitor.job_steps.rows_per_second is 'Rows written, or read where none are written, per second.';
comment on column monitor.job_steps.error_message is 'What ended it.';
grant select on monitor.job_steps to vitrine_job, vitrine_analyst, vitrine_dashboard;
