-- Resolves an alert by hand.
--
-- Grain   one row: the alert; none where it is over already
-- Reads   ops.runs
-- Writes  monitor.alerts, monitor.alert_events
-- Params  alert_id, author, reason
--         as_of_date   the UTC date, for what no run has read
with

resolved as (
    update monitor.alerts as a
    set state = 'resolved', resolved_at = clock_timestamp(), resolved_by = :'author'::text,
        -- Of the run that read it last: rules cool down by dates of runs.
        resolved_on = coalesce(
            (select r.as_of_date from ops.runs as r where r.run_id = a.last_run_id),
            greatest(a.opened_on, :'as_of_date'::date))
    where a.alert_id = :'alert_id'::bigint and a.state <> 'resolved'
    returning a.alert_id, a.value
)

insert into monitor.alert_events (alert_id, event_name, value, author, reason)
select r.alert_id, 'resolved', r.value, :'author'::text, :'reason'::text
from resolved as r
returning alert_id;
