-- Quality of the newest runs, by method.
--
-- Title     Quality over time
-- Question  Does the funnel find what users come to like, put it at the top, and better than simple methods?
-- Chart     lines
-- Grain     one row per measure, job, method and date of a run
-- Reads     monitor.quality_history
-- Output    measure, series, x (days since 1970-01-01), label (the date), y
-- Note      The newest run of each date, of the last 365 days.
with

newest as (
    select distinct on (h.job_name, h.kind, h.as_of_date)
        h.job_name,
        h.kind,
        h.as_of_date,
        h.recall,
        h.ndcg,
        h.coverage
    from monitor.quality_history as h
    where h.cohort = 'all'
        and h.kind in ('funnel', 'two_tower', 'item_cosine', 'popularity')
        and h.as_of_date > (select max(m.as_of_date) from monitor.quality_history as m) - 365
    order by h.job_name, h.kind, h.as_of_date, h.run_id desc
),

-- Jobs need not train or measure alike: one does not go on where another ended.
jobs as (
    select count(distinct n.job_name) as job_count
    from newest as n
)

select
    v.measure,
    n.kind || case when j.job_count > 1 then ', ' || n.job_name else '' end as series,
    (n.as_of_date - date '1970-01-01')::double precision as x,
    n.as_of_date::text as label,
    v.value as y
from newest as n
cross join jobs as j
cross join lateral (
    values (1, 'recall', n.recall), (2, 'nDCG', n.ndcg), (3, 'coverage of the catalogue', n.coverage)
) as v (place, measure, value)
where v.value is not null
order by v.place, n.job_name,
    array_position(array['funnel', 'two_tower', 'item_cosine', 'popularity'], n.kind), x;
