-- Resolves the alerts whose measures are well again.
--
-- Reads   monitor.readings
-- Writes  monitor.alerts, monitor.alert_events
-- Params  as_of_date   date of the run; the UTC date where there is none
--         run_id       negative for what no run can say
with

resolved as (
    update monitor.alerts as a
    set state = 'resolved',
        resolved_at = clock_timestamp(),
        resolved_on = :'as_of_date'::date,
        resolved_by = 'vitrine',
        resolved_run_id = case when :'run_id'::bigint >= 0 then :'run_id'::bigint end
    from monitor.readings(case when :'run_id'::bigint >= 0 then :'run_id'::bigint end) as r
    where a.rule_name = r.rule_name
        and a.job_name = r.job_name
        and a.subject = r.subject
        and a.state <> 'resolved'
        and r.is_clear
    returning a.alert_id, a.value, a.resolved_run_id
)

insert into monitor.alert_events (alert_id, event_name, run_id, value, author)
select r.alert_id, 'resolved', r.resolved_run_id, r.value, 'vitrine'
from resolved as r
order by r.alert_id;
