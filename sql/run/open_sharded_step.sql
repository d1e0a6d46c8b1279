-- Says into how many shards a step of a run is cut, unless that was said before.
--
-- Writes  ops.sharded_steps
-- Params  run_id, step_name, shard_count
insert into ops.sharded_steps (run_id, step_name, shard_count)
values (:'run_id'::bigint, :'step_name'::text, :'shard_count'::smallint)
on conflict (run_id, step_name) do nothing;
