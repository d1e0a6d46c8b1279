-- The flags of each item that has any.
--
-- Grain   one row per item, by item_id
-- Reads   source.item_versions
-- Params  as_of_date   only what was known before 00:00 UTC of this date
select
    v.item_id,
    array(select f.flag from jsonb_array_elements_text(v.attributes -> 'policy_flags') as f (flag)) as flags
from (
    select distinct on (w.item_id) w.item_id, w.attributes
    from source.item_versions as w
    where w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by w.item_id, w.known_at desc
) as v
where jsonb_typeof(v.attributes -> 'policy_flags') = 'array'
order by v.item_id;
