-- The delivery that is due first, kept from other workers until the transaction ends.
--
-- Grain   one row, or none
-- Reads   monitor.deliveries, monitor.alert_events, monitor.receivers
-- Note    What happened to an alert first is told first. A worker that dies between sending and recording
--         leaves the row as it was: it is sent again, with the same key.
select
    d.delivery_id,
    r.kind,
    r.url_variable,
    r.timeout_seconds,
    monitor.alert_document(d.event_id) ->> 'key' as key,
    monitor.alert_document(d.event_id) as document
from monitor.deliveries as d
inner join monitor.receivers as r on r.receiver_name = d.receiver_name
inner join monitor.alert_events as e on e.event_id = d.event_id
where d.delivered_at is null
    and d.given_up_at is null
    and d.next_attempt_at <= clock_timestamp()
    and r.is_enabled
    and not exists (
        select
        from monitor.deliveries as b
        inner join monitor.alert_events as f on f.event_id = b.event_id
        where f.alert_id = e.alert_id
            and b.receiver_name = d.receiver_name
            and b.event_id < d.event_id
            and b.delivered_at is null
            and b.given_up_at is null)
order by d.next_attempt_at, d.delivery_id
limit 1
for update of d skip locked;
