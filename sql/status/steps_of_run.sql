-- The steps of a run, as they were last attempted.
--
-- Grain   one row per step
-- Reads   monitor.job_steps
-- Params  run_id
select
    s.step_name,
    s.status,
    s.attempt,
    s.duration_seconds,
    s.rows_in,
    s.rows_out,
    s.rows_per_second,
    s.error_message
from monitor.job_steps as s
where s.run_id = :'run_id'::bigint
order by s.position;
