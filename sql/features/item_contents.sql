-- Vectors of items by one outside encoder, the newest of each.
--
-- Grain   one row per item that has one, by item_id
-- Reads   source.item_contents
-- Params  as_of_date   only what was known before 00:00 UTC of this date
--         modality, encoder
select distinct on (c.item_id)
    c.item_id,
    c.vector
from source.item_contents as c
where c.modality = :'modality'::text
    and c.encoder = :'encoder'::text
    and c.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
order by c.item_id, c.known_at desc;
