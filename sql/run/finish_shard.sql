-- Closes a shard that is done, in the transaction of its rows.
--
-- Writes  ops.step_shards
-- Params  run_id, step_name, shard_index, rows_in, rows_out, details   a negative count is unknown
update ops.step_shards
set status = 'succeeded',
    finished_at = clock_timestamp(),
    error_message = null,
    rows_in = case when :'rows_in'::bigint >= 0 then :'rows_in'::bigint end,
    rows_out = case when :'rows_out'::bigint >= 0 then :'rows_out'::bigint end,
    details = :'details'::jsonb
where run_id = :'run_id'::bigint
    and step_name = :'step_name'::text
    and shard_index = :'shard_index'::smallint;
