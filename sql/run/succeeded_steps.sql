-- Steps of a run that are done.
--
-- Grain   one row per step
-- Reads   ops.steps
-- Params  run_id
select s.step_name
from ops.steps as s
where s.run_id = :'run_id'::bigint and s.status = 'succeeded'
order by s.position;
