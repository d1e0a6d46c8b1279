-- Opens an attempt at a step.
--
-- Grain   one row: the number of the attempt
-- Reads   ops.steps
-- Writes  ops.steps
-- Params  run_id, step_name, position
insert into ops.steps (run_id, step_name, attempt, position)
select
    :'run_id'::bigint,
    :'step_name'::text,
    coalesce(max(s.attempt), 0) + 1,
    :'position'::smallint
from ops.steps as s
where s.run_id = :'run_id'::bigint and s.step_name = :'step_name'::text
returning attempt;
