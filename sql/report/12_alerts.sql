-- Alerts that are not over.
--
-- Title     Open alerts
-- Question  What asks for somebody's attention?
-- Chart     table
-- Columns   severity | alert | of | value | threshold | since | owner | response
-- Grain     one row per alert, the most severe first
-- Reads     monitor.alert_history
-- Output    cells
select array[
    a.severity,
    replace(a.rule_name, '_', ' ') || case when a.is_silenced then ' (silenced)' else '' end,
    a.subject,
    coalesce(round(a.value::numeric, 4)::text, '–'),
    coalesce(a.comparison || ' ' || round(a.threshold::numeric, 4)::text, '–'),
    a.opened_on::text || case a.state when 'acknowledged' then ', taken up by ' || a.acknowledged_by else '' end,
    a.owner,
    coalesce(replace(a.response_name, '_', ' ') || ': ' || replace(a.response_state, '_', ' '), '–')
] as cells
from monitor.alert_history as a
where a.state <> 'resolved'
order by array_position(array['critical', 'warning', 'info'], a.severity), a.opened_at desc, a.alert_id
limit 50;
