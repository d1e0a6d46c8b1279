-- How long each step of the run took, and how fast it was.
--
-- Grain   one row per step that is done, as last attempted, and measure
-- Reads   monitor.job_steps
-- Writes  monitor.measures
-- Params  run_id
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select
    :'run_id'::bigint, 'system', 'step_duration', s.step_name,
    s.duration_seconds, 'seconds'
from monitor.job_steps as s
where s.run_id = :'run_id'::bigint and s.status = 'succeeded'

union all

select :'run_id'::bigint, 'system', 'step_rate', s.step_name, s.rows_per_second, 'rows/second'
from monitor.job_steps as s
where s.run_id = :'run_id'::bigint and s.status = 'succeeded' and s.rows_per_second is not null;
