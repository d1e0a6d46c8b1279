-- How many directions embeddings use, against their own history.
--
-- Grain   one row per kind of embedding; none before there is a history of three runs
-- Reads   monitor.measures, ops.runs
-- Writes  monitor.measures
-- Params  run_id
-- Note    The ratio is to the median of the last 14 successful runs of the same job: how many directions are
--         many depends on the data and the dimension, a sudden loss of half of them does not.
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
    select m.subject, percentile_cont(0.5) within group (order by m.value) as effective_rank
    from earlier as e
    inner join monitor.measures as m
        on m.run_id = e.run_id and m.measure_name = 'embedding_effective_rank'
    group by m.subject
    having count(*) >= 3
)

select
    :'run_id'::bigint, 'model', 'embedding_rank_ratio', m.subject, m.value / h.effective_rank, 'ratio'
from monitor.measures as m
inner join history as h on h.subject = m.subject and h.effective_rank > 0
where m.run_id = :'run_id'::bigint and m.measure_name = 'embedding_effective_rank';
