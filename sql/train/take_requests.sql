-- Takes the requests to train afresh that wait, or that an earlier attempt of the run took.
--
-- Grain   one row per request
-- Writes  ops.retrain_requests
-- Params  run_id
update ops.retrain_requests
set taken_run_id = :'run_id'::bigint
where coalesce(taken_run_id, :'run_id'::bigint) = :'run_id'::bigint and withdrawn_at is null
returning request_id;
