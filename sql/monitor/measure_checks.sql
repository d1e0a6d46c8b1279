-- What the checks of the run found: violations of each.
--
-- Grain   one row per check that was run; 0 is good
-- Reads   monitor.check_results
-- Writes  monitor.measures
-- Params  run_id
-- Note    The step validate runs it too: where a check stops the job, the step monitor is not reached.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select :'run_id'::bigint, 'data', 'check_violations', c.check_name, c.violation_count, 'rows'
from monitor.check_results as c
where c.run_id = :'run_id'::bigint;
