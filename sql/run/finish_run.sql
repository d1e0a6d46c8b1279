-- Closes a run.
--
-- Writes  ops.runs
-- Params  run_id, status, error_message   an empty message is none
update ops.runs
set status = :'status'::text,
    finished_at = clock_timestamp(),
    error_message = nullif(:'error_message'::text, '')
where run_id = :'run_id'::bigint;
