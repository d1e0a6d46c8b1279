-- A response, and what decides whether it may be executed.
--
-- Grain   one row, or none
-- Reads   monitor.responses, monitor.response_settings, monitor.alerts, ops.switches, serving.pointer,
--         serving.publications
-- Params  response_id
-- Output  last_executed_on   date of the newest execution of the same response for the same job, on this date or
--                            before; null where there is none
--         date_count         attempts at executing it for the same job and date
--         checksum           of the current publication; null where there is none
select
    r.state,
    r.action,
    coalesce(
        r.parameters ->> 'source_name',
        r.parameters ->> 'activity_cohort',
        -- Of a subject such as two_tower/low the last part.
        regexp_replace(r.parameters ->> 'subject', '^.*/', '')) as target,
    (r.parameters ->> 'model_id')::bigint as model_id,
    a.rule_name,
    a.alert_id,
    a.state = 'resolved' as is_resolved,
    r.as_of_date,
    coalesce((select w.is_on from ops.switches as w where w.switch_name = 'responses'), false)
        as is_switched_on,
    s.is_enabled,
    s.is_dry_run,
    s.cool_down_days,
    s.daily_limit,
    (
        select max(p.as_of_date)
        from monitor.responses as p
        inner join monitor.alerts as b on b.alert_id = p.alert_id
        where p.response_name = r.response_name
            and b.job_name = a.job_name
            and p.as_of_date <= r.as_of_date
            and p.response_id <> r.response_id
            and p.state in ('executed', 'reverted')
    ) as last_executed_on,
    (
        select count(*)
        from monitor.responses as p
        inner join monitor.alerts as b on b.alert_id = p.alert_id
        where p.response_name = r.response_name
            and b.job_name = a.job_name
            and p.as_of_date = r.as_of_date
            and p.state in ('executed', 'reverted', 'failed')
    ) as date_count,
    (
        select c.checksum
        from serving.pointer as p
        inner join serving.publications as c on c.publication_id = p.publication_id
    ) as checksum
from monitor.responses as r
inner join monitor.response_settings as s on s.response_name = r.response_name
inner join monitor.alerts as a on a.alert_id = r.alert_id
where r.response_id = :'response_id'::bigint;
