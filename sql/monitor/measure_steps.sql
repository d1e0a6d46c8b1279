-- How long each step of the run took, and how fast it was.
--
-- Grain   one row per step that is done and measure
-- Reads   ops.steps
-- Writes  monitor.measures
-- Params  run_id
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select
    :'run_id'::bigint, 'system', 'step_duration', s.step_name,
    extract(epoch from s.finished_at - s.started_at)::double precision, 'seconds'
from ops.steps as s
where s.run_id = :'run_id'::bigint and s.status = 'succeeded'

union all

select :'run_id'::bigint, 'system', 'step_rate', s.step_name, s.rows_per_second, 'rows/second'
from ops.steps as s
where s.run_id = :'run_id'::bigint and s.status = 'succeeded' and s.rows_per_second is not null;
