-- Proposes what the rules of open alerts name, once their thresholds have been passed for long enough.
--
-- Reads   monitor.alerts, monitor.alert_rules, monitor.response_settings, monitor.responses
-- Writes  monitor.responses, monitor.response_events
-- Params  as_of_date   date of the run; the UTC date where there is none
--         run_id       the run that judged; negative where there is none
-- Note    Once an alert and date; and not again for an alert to which it was done, would have been, or
--         that somebody took it back from. Of what a run judged, alerts that read this run alone.
with

proposed as (
    insert into monitor.responses (response_name, alert_id, action, parameters, run_id, as_of_date)
    select
        s.response_name,
        a.alert_id,
        s.action,
        jsonb_build_object('subject', a.subject) || s.parameters,
        case when :'run_id'::bigint >= 0 then :'run_id'::bigint end,
        :'as_of_date'::date
    from monitor.alerts as a
    inner join monitor.alert_rules as u on u.rule_name = a.rule_name
    inner join monitor.response_settings as s on s.response_name = u.response_name
    where a.state <> 'resolved'
        and a.last_run_id is not distinct from case when :'run_id'::bigint >= 0 then :'run_id'::bigint end
        and a.breach_count >= s.hysteresis_runs
        and not monitor.is_silenced(a.rule_name, a.subject)
        and not exists (
            select
            from monitor.responses as p
            where p.alert_id = a.alert_id
                and p.state in ('proposed', 'dry_run', 'executed', 'reverted'))
    order by a.alert_id
    on conflict (alert_id, as_of_date) do nothing
    returning response_id, alert_id
)

insert into monitor.response_events (response_id, state, author, reason)
select p.response_id, 'proposed', 'vitrine', 'alert ' || p.alert_id || ' is open'
from proposed as p;
