-- Asks the next run that trains to begin afresh.
--
-- Grain   one row: the request; none where one waits already
-- Reads   ops.retrain_requests
-- Writes  ops.retrain_requests
-- Params  response_id, reason
insert into ops.retrain_requests (response_id, requested_by, reason)
select :'response_id'::bigint, 'vitrine', :'reason'::text
where not exists (
    select
    from ops.retrain_requests as r
    where r.taken_run_id is null and r.withdrawn_at is null)
returning request_id;
