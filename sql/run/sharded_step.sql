-- A step of a run that is done in shards, and those of them that are not done.
--
-- Grain   one row, or none
-- Reads   ops.sharded_steps, ops.step_shards
-- Params  run_id, step_name
-- Output  missing_shards   indexes, ascending
select
    s.shard_count,
    s.prepared_at is not null as is_prepared,
    array(
        select i.shard_index::smallint
        from generate_series(0, s.shard_count - 1) as i (shard_index)
        where not exists (
            select from ops.step_shards as d
            where d.run_id = s.run_id
                and d.step_name = s.step_name
                and d.shard_index = i.shard_index
                and d.status = 'succeeded')
        order by i.shard_index
    ) as missing_shards
from ops.sharded_steps as s
where s.run_id = :'run_id'::bigint and s.step_name = :'step_name'::text;
