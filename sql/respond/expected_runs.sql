-- Jobs that somebody should start.
--
-- Grain   one row per job that is waited for
-- Reads   ops.expected_runs
-- Output  tolerance_seconds
select e.job_name, e.schedule, extract(epoch from e.tolerance)::bigint as tolerance_seconds
from ops.expected_runs as e
where e.is_enabled
order by e.job_name;
