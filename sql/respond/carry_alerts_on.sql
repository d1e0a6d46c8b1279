-- Carries on the alerts that are not over: their measures as the run reads them.
--
-- Reads   monitor.readings, monitor.alert_rules
-- Writes  monitor.alerts
-- Params  run_id   negative for what no run can say
-- Note    Done twice for a run it changes nothing the second time.
update monitor.alerts as a
set value = r.value,
    peak = case u.comparison when 'above' then greatest(a.peak, r.value) else least(a.peak, r.value) end,
    -- A run that is judged again has been counted.
    breach_count = a.breach_count + (
        r.breach_count > 0
        and (a.last_run_id is distinct from :'run_id'::bigint or :'run_id'::bigint < 0))::integer,
    last_run_id = case when :'run_id'::bigint >= 0 then :'run_id'::bigint end
from monitor.readings(case when :'run_id'::bigint >= 0 then :'run_id'::bigint end) as r
inner join monitor.alert_rules as u on u.rule_name = r.rule_name
where a.rule_name = r.rule_name
    and a.job_name = r.job_name
    and a.subject = r.subject
    and a.state <> 'resolved';
