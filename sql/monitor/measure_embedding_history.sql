-- How many directions embeddings use, against their own history.
--
-- Grain   one row per kind of embedding; none before there is a history of three runs
-- Reads   monitor.measures, ops.runs
-- Writes  monitor.measures
-- Params  run_id
-- Note    The ratio is to the median of the last 14 successful runs of the same job: how many directions are
--         many depends on the data and the dimension, a sudden loss of half of them does not. Runs that had lost
--         half are no history: what is lost does not become what is usual.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

earlier as (
    select
        m.subject,
        m.value,
        row_number() over (partition by m.subject order by r.run_id desc) as runs_ago
    from ops.runs as o
    inner join ops.runs as r
        on r.job_name = o.job_name and r.run_id < o.run_id and r.status = 'succeeded'
    inner join monitor.measures as m
        on m.run_id = r.run_id and m.measure_name = 'embedding_effective_rank'
    where o.run_id = :'run_id'::bigint
        and not exists (
            select
            from monitor.measures as c
            where c.run_id = m.run_id
                and c.measure_name = 'embedding_rank_ratio'
                and c.subject = m.subject
                and c.value < 0.5)
),

history as (
    select e.subject, percentile_cont(0.5) within group (order by e.value) as effective_rank
    from earlier as e
    where e.runs_ago <= 14
    group by e.subject
    having count(*) >= 3
)

select
    :'run_id'::bigint, 'model', 'embedding_rank_ratio', m.subject, m.value / h.effective_rank, 'ratio'
from monitor.measures as m
inner join history as h on h.subject = m.subject and h.effective_rank > 0
where m.run_id = :'run_id'::bigint and m.measure_name = 'embedding_effective_rank';
