-- The last runs, newest first.
--
-- Grain   one row per run
-- Reads   monitor.job_runs
-- Params  run_limit
select
    r.run_id,
    r.job_name,
    r.as_of_date,
    r.status,
    r.started_at,
    r.duration_seconds,
    r.step_summary,
    r.error_message
from monitor.job_runs as r
order by r.run_id desc
limit :'run_limit'::integer;
