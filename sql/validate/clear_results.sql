-- Removes what an earlier attempt of this run at the step left.
--
-- Writes  monitor.check_results
-- Params  run_id
delete from monitor.check_results where run_id = :'run_id'::bigint;
