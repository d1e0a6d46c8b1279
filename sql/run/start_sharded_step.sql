-- Opens an attempt at a step that is done in shards, unless one is open.
--
-- Reads   ops.steps
-- Writes  ops.steps
-- Params  run_id, step_name, position
-- Note    Asked under the lock of the preparation: one shard at a time.
insert into ops.steps (run_id, step_name, attempt, position)
select
    :'run_id'::bigint,
    :'step_name'::text,
    coalesce(max(s.attempt), 0) + 1,
    :'position'::smallint
from ops.steps as s
where s.run_id = :'run_id'::bigint and s.step_name = :'step_name'::text
having count(*) filter (where s.status in ('running', 'succeeded')) = 0;
