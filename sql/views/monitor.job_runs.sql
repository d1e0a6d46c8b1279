-- Runs of jobs.
--
-- Grain   one row per run
-- Reads   ops.runs, monitor.job_steps
create or replace view monitor.job_runs as
select
    r.run_id,
    r.job_name,
    r.as_of_date,
    r.status,
    r.attempt_count,
    r.started_at,
    r.finished_at,
    extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at)::double precision
        as duration_seconds,
    s.succeeded_step_count,
    coalesce(s.last_step, '') as last_step,
    case
        when s.last_step is null then 'no step yet'
        when r.status = 'succeeded' then s.succeeded_step_count || ' steps'
        else s.succeeded_step_count || ' steps, then ' || s.last_step || ' ' || s.last_status
    end as step_summary,
    r.error_message
from ops.runs as r
cross join lateral (
    select
        count(*) filter (where j.status = 'succeeded') as succeeded_step_count,
        (array_agg(j.step_name order by j.position desc))[1] as last_step,
        (array_agg(j.status order by j.position desc))[1] as last_status
    from monitor.job_steps as j
    where j.run_id = r.run_id
) as s;

comment on view monitor.job_runs is 'Runs of jobs, one row each.';
comment on column monitor.job_runs.run_id is 'The run.';
comment on column monitor.job_runs.job_name is 'The job.';
comment on column monitor.job_runs.as_of_date is 'The run knows only what was known before 00:00 UTC of this date.';
comment on column monitor.job_runs.status is 'running, succeeded, failed or interrupted.';
comment on column monitor.job_runs.attempt_count is 'How often it was started.';
comment on column monitor.job_runs.started_at is 'When it began.';
comment on column monitor.job_runs.finished_at is 'When it ended.';
comment on column monitor.job_runs.duration_seconds is 'How long from its beginning to its end, pauses between attempts included.';
comment on column monitor.job_runs.succeeded_step_count is 'Steps that are done.';
comment on column monitor.job_runs.last_step is 'The last step that was begun.';
comment on column monitor.job_runs.step_summary is 'How far it came, in words.';
comment on column monitor.job_runs.error_message is 'What ended it.';
grant select on monitor.job_runs to vitrine_job, vitrine_analyst, vitrine_dashboard;
