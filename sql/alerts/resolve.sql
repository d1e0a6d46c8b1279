-- Resolves an alert by hand.
--
-- Grain   one row: the alert; none where it is over already
-- Writes  monitor.alerts, monitor.alert_events
-- Params  alert_id, author, reason
--         as_of_date   the UTC date
with

resolved as (
    update monitor.alerts as a
    set state = 'resolved', resolved_at = clock_timestamp(), resolved_by = :'author'::text,
        -- Not before it was opened: a run may be for a later date than the clock's.
        resolved_on = greatest(a.opened_on, :'as_of_date'::date)
    where a.alert_id = :'alert_id'::bigint and a.state <> 'resolved'
    returning a.alert_id, a.value
)

insert into monitor.alert_events (alert_id, event_name, value, author, reason)
select r.alert_id, 'resolved', r.value, :'author'::text, :'reason'::text
from resolved as r
returning alert_id;
