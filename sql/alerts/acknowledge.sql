-- Marks an open alert as taken by somebody.
--
-- Grain   one row: the alert; none where it is not open
-- Writes  monitor.alerts, monitor.alert_events
-- Params  alert_id, author, reason
with

taken as (
    update monitor.alerts as a
    set state = 'acknowledged', acknowledged_at = clock_timestamp(), acknowledged_by = :'author'::text
    where a.alert_id = :'alert_id'::bigint and a.state = 'open'
    returning a.alert_id, a.value
)

insert into monitor.alert_events (alert_id, event_name, value, author, reason)
select t.alert_id, 'acknowledged', t.value, :'author'::text, :'reason'::text
from taken as t
returning alert_id;
