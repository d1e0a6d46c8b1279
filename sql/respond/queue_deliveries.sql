-- Tells of changes of alerts: NOTIFY vitrine_alerts, and a row of the outbox for each receiver.
--
-- Grain   one row per change that is told of
-- Reads   monitor.alerts, monitor.receivers
-- Writes  monitor.alert_events, monitor.deliveries
-- Note    In the transaction of the changes, so that none is told of that did not happen, and none is
--         forgotten. What is silenced waits.
with

queued as (
    update monitor.alert_events as e
    set dispatch = 'queued'
    from monitor.alerts as a
    where a.alert_id = e.alert_id
        and e.dispatch = 'waiting'
        and not monitor.is_silenced(a.rule_name, a.subject)
    returning e.event_id, e.event_name, a.severity
),

filed as (
    insert into monitor.deliveries (event_id, receiver_name)
    select q.event_id, r.receiver_name
    from queued as q
    inner join monitor.receivers as r
        on r.is_enabled
        and array_position(array['info', 'warning', 'critical'], q.severity)
            >= array_position(array['info', 'warning', 'critical'], r.lowest_severity)
        -- It knows nothing between firing and resolved.
        and (r.kind <> 'alertmanager' or q.event_name <> 'acknowledged')
    order by q.event_id, r.receiver_name
    returning event_id
)

select q.event_id, pg_notify('vitrine_alerts', monitor.alert_document(q.event_id)::text) as sent
from queued as q
order by q.event_id;
