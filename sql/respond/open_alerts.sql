-- Opens an alert for every rule and subject that has passed its threshold for long enough.
--
-- Reads   monitor.readings, monitor.alert_rules, monitor.alerts
-- Writes  monitor.alerts, monitor.alert_events
-- Params  as_of_date   date of the run; the UTC date where there is none
--         run_id       negative for what no run can say
-- Note    One episode of a rule, job and subject at a time, and none while the rule cools down.
with

opened as (
    insert into monitor.alerts
        (rule_name, job_name, subject, severity, threshold, value, peak, breach_count, opened_run_id,
         last_run_id, opened_on)
    select
        r.rule_name,
        r.job_name,
        r.subject,
        u.severity,
        u.threshold,
        r.value,
        r.value,
        r.breach_count,
        case when :'run_id'::bigint >= 0 then :'run_id'::bigint end,
        case when :'run_id'::bigint >= 0 then :'run_id'::bigint end,
        :'as_of_date'::date
    from monitor.readings(case when :'run_id'::bigint >= 0 then :'run_id'::bigint end) as r
    inner join monitor.alert_rules as u on u.rule_name = r.rule_name
    where r.breach_count >= u.for_runs
        and not exists (
            select
            from monitor.alerts as p
            where p.rule_name = r.rule_name
                and p.job_name = r.job_name
                and p.subject = r.subject
                and (p.state <> 'resolved' or p.resolved_on + u.cool_down_days > :'as_of_date'::date))
    order by r.rule_name, r.subject
    on conflict (rule_name, job_name, subject) where state <> 'resolved' do nothing
    returning alert_id, opened_run_id, value
)

insert into monitor.alert_events (alert_id, event_name, run_id, value, author)
select o.alert_id, 'opened', o.opened_run_id, o.value, 'vitrine'
from opened as o
order by o.alert_id;
