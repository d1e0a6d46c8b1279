-- Alerts with what their rules say and what was done about them.
--
-- Grain   one row per alert
-- Reads   monitor.alerts, monitor.alert_rules, monitor.silences, monitor.responses
create or replace view monitor.alert_history as
select
    a.alert_id,
    a.rule_name,
    a.job_name,
    a.subject,
    a.state,
    -- As monitor.is_silenced says, which who reads views alone may not call.
    exists (
        select
        from monitor.silences as s
        where coalesce(s.rule_name, a.rule_name) = a.rule_name
            and a.subject like s.subject_pattern
            and clock_timestamp() >= s.silent_from
            and clock_timestamp() < s.silent_until
    ) as is_silenced,
    a.severity,
    u.measure_name,
    u.comparison,
    a.threshold,
    a.value,
    a.peak,
    a.breach_count,
    a.opened_on,
    a.opened_at,
    a.opened_run_id,
    a.acknowledged_at,
    a.acknowledged_by,
    a.resolved_on,
    a.resolved_at,
    a.resolved_by,
    u.owner,
    u.run_book,
    r.response_name,
    r.state as response_state,
    r.outcome as response_outcome
from monitor.alerts as a
inner join monitor.alert_rules as u on u.rule_name = a.rule_name
left join lateral (
    select p.response_name, p.state, p.outcome
    from monitor.responses as p
    where p.alert_id = a.alert_id
    order by p.response_id desc
    limit 1
) as r on true;

comment on view monitor.alert_history is 'Alerts with what their rules say and what was done about them, one row each.';
comment on column monitor.alert_history.alert_id is 'The alert.';
comment on column monitor.alert_history.rule_name is 'The rule that opened it.';
comment on column monitor.alert_history.job_name is 'The job that measured.';
comment on column monitor.alert_history.subject is 'Subject of the measure.';
comment on column monitor.alert_history.state is 'open, acknowledged or resolved.';
comment on column monitor.alert_history.is_silenced is 'Whether nobody is told of it at present.';
comment on column monitor.alert_history.severity is 'info, warning or critical.';
comment on column monitor.alert_history.measure_name is 'The measure.';
comment on column monitor.alert_history.comparison is 'above or below: on which side of the threshold the alarm lies.';
comment on column monitor.alert_history.threshold is 'The threshold, when it was opened.';
comment on column monitor.alert_history.value is 'The measure, as read last.';
comment on column monitor.alert_history.peak is 'The measure at its worst.';
comment on column monitor.alert_history.breach_count is 'Readings that passed the threshold.';
comment on column monitor.alert_history.opened_on is 'Date of the run that opened it.';
comment on column monitor.alert_history.opened_at is 'When it was opened.';
comment on column monitor.alert_history.opened_run_id is 'The run that opened it; null where no run did.';
comment on column monitor.alert_history.acknowledged_at is 'When somebody took it.';
comment on column monitor.alert_history.acknowledged_by is 'Who.';
comment on column monitor.alert_history.resolved_on is 'Date of the run that found it well again.';
comment on column monitor.alert_history.resolved_at is 'When it was resolved.';
comment on column monitor.alert_history.resolved_by is 'vitrine, or who resolved it by hand.';
comment on column monitor.alert_history.owner is 'Who is to look at it.';
comment on column monitor.alert_history.run_book is 'What to look at and what to do.';
comment on column monitor.alert_history.response_name is 'The newest response to it; null where there is none.';
comment on column monitor.alert_history.response_state is 'What became of that response.';
comment on column monitor.alert_history.response_outcome is 'What was done, or why not.';
grant select on monitor.alert_history to vitrine_job, vitrine_analyst, vitrine_dashboard;
