-- What was done about alerts, by whom and why.
--
-- Grain   one row per response and state that it entered
-- Reads   monitor.responses, monitor.response_events, monitor.alerts
create or replace view monitor.response_history as
select
    r.response_id,
    r.response_name,
    r.action,
    r.parameters,
    a.alert_id,
    a.rule_name,
    a.subject,
    r.run_id,
    r.as_of_date,
    e.state,
    e.happened_at,
    e.author,
    e.reason,
    r.before_checksum,
    r.after_checksum
from monitor.responses as r
inner join monitor.response_events as e on e.response_id = r.response_id
inner join monitor.alerts as a on a.alert_id = r.alert_id;

comment on view monitor.response_history is 'What was done about alerts, or would have been: one row per response and state that it entered.';
comment on column monitor.response_history.response_id is 'The response.';
comment on column monitor.response_history.response_name is 'What was to be done.';
comment on column monitor.response_history.action is 'hold_publication, roll_back, fall_back, switch_source_off or retrain.';
comment on column monitor.response_history.parameters is 'What it was done to.';
comment on column monitor.response_history.alert_id is 'The alert.';
comment on column monitor.response_history.rule_name is 'The rule of the alert.';
comment on column monitor.response_history.subject is 'Subject of the alert.';
comment on column monitor.response_history.run_id is 'The run that proposed it; null where no run did.';
comment on column monitor.response_history.as_of_date is 'Date of that run.';
comment on column monitor.response_history.state is 'proposed, dry_run, executed, refused, failed or reverted.';
comment on column monitor.response_history.happened_at is 'When it entered the state.';
comment on column monitor.response_history.author is 'vitrine, or who did it.';
comment on column monitor.response_history.reason is 'What was done, or why not.';
comment on column monitor.response_history.before_checksum is 'Checksum of the current publication before.';
comment on column monitor.response_history.after_checksum is 'Checksum of the current publication after; of a dry run, of the one that would be.';
grant select on monitor.response_history to vitrine_job, vitrine_analyst, vitrine_dashboard;
