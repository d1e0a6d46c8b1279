-- Removes what an earlier attempt of this run at the step left.
--
-- Params  run_id
delete from monitor.check_results where run_id = :'run_id'::bigint;
