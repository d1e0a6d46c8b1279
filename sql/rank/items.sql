-- What the value and the rules read of each item.
--
-- Grain   one row per item of the snapshot, by item_id
-- Reads   feature.item_snapshots, source.item_versions
-- Params  as_of_date
-- Output  popularity   positive events of 7 days over those of the most popular item, 0 to 1
--         freshness    halved with every week since the item was published, 0 where not known
--         creator_id   null where not known
--         exposures, positives   of 28 days; an event without an impression counts as one
select
    s.item_id,
    coalesce(
        s.positive_count_7d::double precision / nullif(max(s.positive_count_7d) over (), 0), 0)
        as popularity,
    coalesce(power(0.5::double precision, s.age_days / 7.0), 0) as freshness,
    v.creator_id,
    coalesce(v.tags, '{}') as tags,
    greatest(s.impression_count_28d, s.positive_count_28d) as exposures,
    s.positive_count_28d as positives
from feature.item_snapshots as s
left join lateral (
    select w.creator_id, w.tags
    from source.item_versions as w
    where w.item_id = s.item_id
        and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by w.known_at desc
    limit 1
) as v on true
where s.as_of_date = :'as_of_date'::date
order by s.item_id;
