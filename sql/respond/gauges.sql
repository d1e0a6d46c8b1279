-- What the textfile collector of Prometheus's node_exporter is given.
--
-- Grain   one row per sample, those of a metric together
-- Reads   monitor.measures, monitor.alerts, monitor.deliveries, ops.runs
-- Output  metric, label_names, label_values, value
-- Note    Measures are those of the newest run of each job that has any.
with

newest as (
    select distinct on (r.job_name) r.run_id, r.job_name
    from ops.runs as r
    where exists (select from monitor.measures as m where m.run_id = r.run_id)
    order by r.job_name, r.as_of_date desc, r.run_id desc
),

samples as (
    select
        'vitrine_measure' as metric,
        array['job', 'level', 'measure', 'subject', 'unit'] as label_names,
        array[n.job_name, m.level, m.measure_name, m.subject, m.unit] as label_values,
        m.value
    from newest as n
    inner join monitor.measures as m on m.run_id = n.run_id
    union all
    select
        'vitrine_alerts_unresolved', array['severity'], array[s.severity],
        (
            select count(*)
            from monitor.alerts as a
            where a.severity = s.severity and a.state <> 'resolved'
        )::double precision
    from unnest(array['info', 'warning', 'critical']) as s (severity)
    union all
    select
        'vitrine_job_last_success_timestamp_seconds', array['job'], array[r.job_name],
        extract(epoch from max(r.finished_at))::double precision
    from ops.runs as r
    where r.status = 'succeeded'
    group by r.job_name
    union all
    select
        'vitrine_deliveries_waiting', '{}'::text[], '{}'::text[],
        count(*) filter (where d.delivered_at is null and d.given_up_at is null)::double precision
    from monitor.deliveries as d
    union all
    select
        'vitrine_deliveries_given_up', '{}'::text[], '{}'::text[],
        count(*) filter (where d.given_up_at is not null)::double precision
    from monitor.deliveries as d
)

select s.metric, s.label_names, s.label_values, s.value
from samples as s
order by s.metric, s.label_values;
