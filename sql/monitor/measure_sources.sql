-- How long each source of candidates took, against its own history.
--
-- Grain   one row per source that answered; none before there is a history of three runs
-- Reads   monitor.step_stages, ops.runs, serving.publication_sources, serving.sources
-- Writes  monitor.measures
-- Params  run_id, publication_id
-- Note    The ratio is to the median of the last 14 successful runs of the same job, which one slow night
--         does not move. Sources under a second are compared with a second.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

earlier as (
    select r.run_id
    from ops.runs as o
    inner join ops.runs as r
        on r.job_name = o.job_name and r.run_id < o.run_id and r.status = 'succeeded'
    where o.run_id = :'run_id'::bigint
    order by r.run_id desc
    limit 14
),

history as (
    select g.stage, percentile_cont(0.5) within group (order by g.seconds) as seconds
    from earlier as e
    inner join monitor.step_stages as g on g.run_id = e.run_id and g.step_name = 'retrieve'
    group by g.stage
    having count(*) >= 3
)

select
    :'run_id'::bigint, 'system', 'source_duration_ratio', g.stage,
    greatest(g.seconds, 1) / greatest(h.seconds, 1), 'ratio'
from monitor.step_stages as g
inner join history as h on h.stage = g.stage
inner join serving.sources as s on s.source_name = g.stage
inner join serving.publication_sources as p
    on p.publication_id = :'publication_id'::bigint
    and p.source_id = s.source_id
    and p.left_out_reason is null
where g.run_id = :'run_id'::bigint and g.step_name = 'retrieve';
