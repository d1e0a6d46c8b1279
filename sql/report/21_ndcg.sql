-- nDCG of the newest runs, by method.
--
-- Title     nDCG over time
-- Question  Does what users come to like stand at the top of their lists?
-- Chart     lines
-- Unit      nDCG
-- Grain     one row per method and date of a run
-- Reads     monitor.model_quality
-- Output    series, x (days since 1970-01-01), label (the date), y
-- Note      The newest measurement of each date, of the last 365 dates.
select
    n.kind as series,
    (n.as_of_date - date '1970-01-01')::double precision as x,
    n.as_of_date::text as label,
    n.value as y
from (
    select distinct on (q.kind, q.as_of_date)
        q.kind,
        q.as_of_date,
        q.value
    from monitor.model_quality as q
    where q.metric_name = 'ndcg'
        and q.cohort = 'all'
        and q.kind in ('funnel', 'two_tower', 'item_cosine', 'popularity')
        and q.as_of_date > (select max(m.as_of_date) from monitor.model_quality as m) - 365
    order by q.kind, q.as_of_date, q.measured_at desc
) as n
order by array_position(array['funnel', 'two_tower', 'item_cosine', 'popularity'], n.kind), x;
