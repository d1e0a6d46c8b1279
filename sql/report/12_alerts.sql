-- Alerts that are not over.
--
-- Title     Open alerts
-- Question  What asks for somebody's attention?
-- Chart     table
-- Columns   severity | alert | of | job | value | since | owner | done | what to do
-- Empty     No alert is open.
-- Grain     one row per alert, the most severe first
-- Reads     monitor.alert_history
-- Output    cells, state
select
    array[
        a.severity,
        replace(a.rule_name, '_', ' ') || case when a.is_silenced then ' (silenced)' else '' end,
        a.subject,
        a.job_name,
        n.value || ', ' || a.comparison || ' ' || n.threshold,
        a.opened_on::text,
        a.owner || case a.state when 'acknowledged' then ', taken up by ' || a.acknowledged_by else '' end,
        coalesce(replace(a.response_name, '_', ' ') || ': ' || replace(a.response_state, '_', ' '), '–'),
        a.run_book
    ] as cells,
    case a.severity when 'critical' then 'bad' when 'warning' then 'warn' else 'plain' end as state
from monitor.alert_history as a
cross join lateral (
    select
        max(v.text) filter (where v.name = 'value') as value,
        max(v.text) filter (where v.name = 'threshold') as threshold
    from (
        select
            f.name,
            case
                when abs(f.figure) >= 1000 then to_char(f.figure, 'FM999,999,999,999,990')
                else trim_scale(round(f.figure::numeric, 4))::text
            end as text
        from (values ('value', a.value), ('threshold', a.threshold)) as f (name, figure)
    ) as v
) as n
where a.state <> 'resolved'
order by array_position(array['critical', 'warning', 'info'], a.severity), a.opened_at desc, a.alert_id;
