-- The tags of each item.
--
-- Grain   one row per item with tags
-- Reads   source.item_versions
-- Params  as_of_date   only what was known before 00:00 UTC of this date
select v.item_id, v.tags as traits
from (
    select distinct on (w.item_id) w.item_id, w.tags
    from source.item_versions as w
    where w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by w.item_id, w.known_at desc
) as v
where v.tags <> '{}'
order by v.item_id;
