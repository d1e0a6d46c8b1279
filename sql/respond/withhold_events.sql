-- Withholds the changes of alerts that were over before their silence was.
--
-- Reads   monitor.alerts, monitor.alert_events
-- Writes  monitor.alert_events
update monitor.alert_events as e
set dispatch = 'withheld'
from monitor.alerts as a
where a.alert_id = e.alert_id
    and e.dispatch = 'waiting'
    and a.state = 'resolved'
    and monitor.is_silenced(a.rule_name, a.subject)
    and not exists (
        select
        from monitor.alert_events as o
        where o.alert_id = e.alert_id and o.dispatch = 'queued');
