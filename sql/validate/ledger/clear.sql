-- Removes what an earlier attempt of this run at the step left.
--
-- Writes  monitor.check_results, monitor.measures
-- Params  run_id
delete from monitor.check_results where run_id = :'run_id'::bigint;

delete from monitor.measures
where run_id = :'run_id'::bigint and measure_name = 'check_violations';
