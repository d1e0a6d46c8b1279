-- Records that what is not by user is done in a step.
--
-- Writes  ops.sharded_steps
-- Params  run_id, step_name, rows_in, rows_out, details   a negative count is unknown
update ops.sharded_steps
set prepared_at = clock_timestamp(),
    rows_in = case when :'rows_in'::bigint >= 0 then :'rows_in'::bigint end,
    rows_out = case when :'rows_out'::bigint >= 0 then :'rows_out'::bigint end,
    details = :'details'::jsonb
where run_id = :'run_id'::bigint and step_name = :'step_name'::text;
