-- What receivers have not been told yet, or never will be.
--
-- Grain   one row per delivery that is not delivered
-- Reads   monitor.deliveries, monitor.alert_events, monitor.alerts, monitor.receivers
create or replace view monitor.delivery_backlog as
select
    d.delivery_id,
    d.receiver_name,
    r.kind,
    e.alert_id,
    a.rule_name,
    a.severity,
    e.event_name,
    e.happened_at,
    d.attempt_count,
    d.next_attempt_at,
    d.given_up_at,
    d.last_error
from monitor.deliveries as d
inner join monitor.receivers as r on r.receiver_name = d.receiver_name
inner join monitor.alert_events as e on e.event_id = d.event_id
inner join monitor.alerts as a on a.alert_id = e.alert_id
where d.delivered_at is null;

comment on view monitor.delivery_backlog is 'What receivers have not been told yet, or never will be: one row per delivery.';
comment on column monitor.delivery_backlog.delivery_id is 'The delivery.';
comment on column monitor.delivery_backlog.receiver_name is 'The receiver.';
comment on column monitor.delivery_backlog.kind is 'alertmanager, slack or webhook.';
comment on column monitor.delivery_backlog.alert_id is 'The alert.';
comment on column monitor.delivery_backlog.rule_name is 'The rule of the alert.';
comment on column monitor.delivery_backlog.severity is 'info, warning or critical.';
comment on column monitor.delivery_backlog.event_name is 'opened, acknowledged or resolved.';
comment on column monitor.delivery_backlog.happened_at is 'When that was.';
comment on column monitor.delivery_backlog.attempt_count is 'How often it was tried.';
comment on column monitor.delivery_backlog.next_attempt_at is 'Before this moment it is not tried again.';
comment on column monitor.delivery_backlog.given_up_at is 'When it was given up; null unless it was.';
comment on column monitor.delivery_backlog.last_error is 'What the last attempt met.';
grant select on monitor.delivery_backlog to vitrine_job, vitrine_analyst, vitrine_dashboard;
