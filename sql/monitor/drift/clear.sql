-- Removes what an earlier attempt of this run at the step left.
--
-- Writes  monitor.drift, monitor.drift_observations
-- Params  run_id
delete from monitor.drift where run_id = :'run_id'::bigint;
delete from monitor.drift_observations where run_id = :'run_id'::bigint;
