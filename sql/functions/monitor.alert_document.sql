-- A change of an alert as JSON: what NOTIFY sends, and what the bodies of receivers are made from.
--
-- Grain   one value
-- Reads   monitor.alert_events, monitor.alerts, monitor.alert_rules
-- Note    The key is the same however often the document is sent. A payload of NOTIFY is shorter than 8000
--         bytes: the run-book goes first where it would not be.
create or replace function monitor.alert_document(event_id bigint)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    select case when octet_length(d.document::text) < 7900 then d.document else d.document - 'run_book' end
    from (
        select jsonb_build_object(
            'key', concat_ws('/', 'vitrine', current_database(), a.alert_id, e.event_name),
            'event', e.event_name,
            'alert_id', a.alert_id,
            'rule', a.rule_name,
            'severity', a.severity,
            'job', a.job_name,
            'subject', left(a.subject, 200),
            'measure', r.measure_name,
            'comparison', r.comparison,
            'threshold', a.threshold,
            'value', e.value,
            'peak', a.peak,
            'owner', left(r.owner, 200),
            'run_book', r.run_book,
            'author', left(e.author, 200),
            'reason', left(e.reason, 400),
            'run_id', e.run_id,
            'opened_at', to_char(a.opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            -- An open alert ends a year on: a receiver that is told no end would make one up in minutes.
            'ends_at', to_char(
                coalesce(a.resolved_at, a.opened_at + interval '1 year') at time zone 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as document
        from monitor.alert_events as e
        inner join monitor.alerts as a on a.alert_id = e.alert_id
        inner join monitor.alert_rules as r on r.rule_name = a.rule_name
        where e.event_id = alert_document.event_id
    ) as d;
$function$;

comment on function monitor.alert_document(bigint) is
    'A change of an alert as JSON: what NOTIFY sends, and what receivers are told.';
revoke all on function monitor.alert_document(bigint) from public;
grant execute on function monitor.alert_document(bigint) to vitrine_job, vitrine_analyst;
