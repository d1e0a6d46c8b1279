-- The terms of a score that depend on the item alone.
--
-- Grain   one row per item of the snapshot, by item_id
-- Reads   feature.item_snapshots
-- Params  as_of_date
-- Output  popularity   positive events of 7 days over those of the most popular item, 0 to 1
--         freshness    halved with every week since the item was published, 0 where not known
select
    s.item_id,
    coalesce(
        s.positive_count_7d::double precision / nullif(max(s.positive_count_7d) over (), 0), 0)
        as popularity,
    coalesce(power(0.5::double precision, s.age_days / 7.0), 0) as freshness
from feature.item_snapshots as s
where s.as_of_date = :'as_of_date'::date
order by s.item_id;
