-- The creator of each item.
--
-- Grain   one row per item with a creator
-- Reads   source.item_versions
-- Params  as_of_date   only what was known before 00:00 UTC of this date
select v.item_id, array[v.creator_id::text] as traits
from (
    select distinct on (w.item_id) w.item_id, w.creator_id
    from source.item_versions as w
    where w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by w.item_id, w.known_at desc
) as v
where v.creator_id is not null
order by v.item_id;
