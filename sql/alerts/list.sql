-- Alerts, the unresolved ones first, then the newest.
--
-- Grain   one row per alert
-- Reads   monitor.alerts, monitor.responses
-- Params  row_limit
--         with_resolved   whether those that are over are listed too
select
    a.alert_id,
    case when a.state <> 'resolved' and monitor.is_silenced(a.rule_name, a.subject)
        then a.state || ', silenced' else a.state end as state,
    a.severity,
    a.rule_name,
    a.job_name,
    a.subject,
    a.value,
    a.threshold,
    a.opened_on,
    a.resolved_on,
    coalesce(r.response_name || ' ' || r.state || ' (' || r.response_id || ')', '') as response
from monitor.alerts as a
left join lateral (
    select p.response_id, p.response_name, p.state
    from monitor.responses as p
    where p.alert_id = a.alert_id
    order by p.response_id desc
    limit 1
) as r on true
where a.state <> 'resolved' or :'with_resolved'::boolean
order by (a.state = 'resolved'), a.alert_id desc
limit :'row_limit'::integer;
