-- Takes up a run that did not reach its end.
--
-- Grain   one row: which attempt this is
-- Writes  ops.runs
-- Params  run_id, code_version, host_name, process_id
update ops.runs
set status = 'running',
    finished_at = null,
    error_message = null,
    attempt_count = attempt_count + 1,
    code_version = :'code_version'::text,
    host_name = :'host_name'::text,
    process_id = :'process_id'::integer
where run_id = :'run_id'::bigint
returning attempt_count;
