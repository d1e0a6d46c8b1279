-- Measures at which step a run ended.
--
-- Reads   ops.steps
-- Writes  monitor.measures
-- Params  run_id
-- Note    Of a run that went through the step monitor writes 0 for every step.
delete from monitor.measures
where run_id = :'run_id'::bigint and measure_name = 'failed_step';

insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select :'run_id'::bigint, 'system', 'failed_step', s.step_name, 1, 'steps'
from (
    select distinct on (t.step_name) t.step_name, t.status
    from ops.steps as t
    where t.run_id = :'run_id'::bigint
    order by t.step_name, t.attempt desc
) as s
where s.status in ('failed', 'interrupted');
