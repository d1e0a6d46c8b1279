-- Withdraws what a response has asked for, where no run has taken it.
--
-- Writes  ops.retrain_requests
-- Params  response_id
update ops.retrain_requests
set withdrawn_at = clock_timestamp()
where response_id = :'response_id'::bigint and taken_run_id is null and withdrawn_at is null;
