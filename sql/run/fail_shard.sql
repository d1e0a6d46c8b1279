-- Closes an attempt of a process at a shard that an error ended.
--
-- Writes  ops.step_shards
-- Params  run_id, step_name, shard_index, host_name, process_id, error_message
update ops.step_shards
set status = 'failed',
    finished_at = clock_timestamp(),
    error_message = :'error_message'::text
where run_id = :'run_id'::bigint
    and step_name = :'step_name'::text
    and shard_index = :'shard_index'::smallint
    and host_name = :'host_name'::text
    and process_id = :'process_id'::integer
    and status = 'running';
