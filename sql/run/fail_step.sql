-- Closes an attempt at a step that an error ended.
--
-- Writes  ops.steps
-- Params  run_id, step_name, attempt, error_message
update ops.steps
set status = 'failed',
    finished_at = clock_timestamp(),
    error_message = :'error_message'::text
where run_id = :'run_id'::bigint
    and step_name = :'step_name'::text
    and attempt = :'attempt'::integer
    and status = 'running';
