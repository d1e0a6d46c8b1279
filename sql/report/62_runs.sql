-- The newest runs.
--
-- Title     Runs
-- Question  Did the jobs come, and did they end well?
-- Chart     table
-- Columns   status | job | as of | run | started (UTC) | minutes | last step | said
-- Grain     one row per run, the newest first
-- Reads     monitor.job_runs
-- Output    cells, state
select array[
    r.status,
    r.job_name,
    r.as_of_date::text,
    r.run_id::text,
    to_char(r.started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
    coalesce(to_char(r.duration_seconds / 60, 'FM999,990.0'), '–'),
    coalesce(r.last_step, '–'),
    coalesce(left(r.error_message, 120), '')
] as cells,
    case r.status when 'failed' then 'bad' when 'interrupted' then 'warn' else 'plain' end as state
from monitor.job_runs as r
order by r.started_at desc
limit 15;
