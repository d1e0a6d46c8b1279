-- How long each step of the run took, how fast it was, and both against its own history.
--
-- Grain   one row per step that is done, as last attempted, and measure
-- Reads   monitor.job_steps, ops.runs
-- Writes  monitor.measures
-- Params  run_id
-- Note    The history of a step is its last 14 successes in successful runs of the same job that began
--         earlier; the ratio is to their median, which one slow night does not move, and is left out
--         before there are three. Steps under a second are compared with a second.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

steps as (
    select s.step_name, s.duration_seconds, s.rows_per_second
    from monitor.job_steps as s
    where s.run_id = :'run_id'::bigint and s.status = 'succeeded'
),

-- The runs first: a step of a run is then a look-up by key.
earlier as (
    select r.run_id, row_number() over (order by r.run_id desc) as runs_ago
    from ops.runs as o
    inner join ops.runs as r
        on r.job_name = o.job_name and r.run_id < o.run_id and r.status = 'succeeded'
    where o.run_id = :'run_id'::bigint
    order by r.run_id desc
    limit 14
),

history as (
    select
        h.step_name,
        count(*) as run_count,
        percentile_cont(0.5) within group (order by h.duration_seconds) as duration_seconds
    from earlier as e
    inner join monitor.job_steps as h on h.run_id = e.run_id and h.status = 'succeeded'
    group by h.step_name
)

select :'run_id'::bigint, 'system', m.measure_name, s.step_name, m.value, m.unit
from steps as s
left join history as h on h.step_name = s.step_name and h.run_count >= 3
cross join lateral (values
    ('step_duration', s.duration_seconds, 'seconds'),
    ('step_rate', s.rows_per_second, 'rows/second'),
    ('step_duration_ratio',
        case when h.step_name is not null then
            greatest(s.duration_seconds, 1) / greatest(h.duration_seconds, 1)
        end, 'ratio')
) as m (measure_name, value, unit)
where m.value is not null;
