-- Opens an attempt at a shard.
--
-- Writes  ops.step_shards
-- Params  run_id, step_name, shard_index, host_name, process_id
-- Note    Asked under the lock of the shard: an attempt that still says running has died.
insert into ops.step_shards (run_id, step_name, shard_index, host_name, process_id)
values (
    :'run_id'::bigint,
    :'step_name'::text,
    :'shard_index'::smallint,
    :'host_name'::text,
    :'process_id'::integer)
on conflict (run_id, step_name, shard_index) do update
    set status = 'running',
        attempt_count = step_shards.attempt_count + 1,
        host_name = excluded.host_name,
        process_id = excluded.process_id,
        started_at = excluded.started_at,
        finished_at = null,
        error_message = null;
