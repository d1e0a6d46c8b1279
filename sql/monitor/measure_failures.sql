-- That no step of the run failed: it has come as far as here.
--
-- Grain   one row per step of the job that an alert may be open for
-- Reads   ops.runs, ops.steps
-- Writes  monitor.measures
-- Params  run_id
-- Note    Steps that are running and those to come too: where the run ends at one of them, respond/measure_failures
--         writes 1 in place of these.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select distinct :'run_id'::bigint, 'system', 'failed_step', s.step_name, 0, 'steps'
from ops.runs as o
inner join ops.runs as r on r.job_name = o.job_name
inner join ops.steps as s on s.run_id = r.run_id
where o.run_id = :'run_id'::bigint;
