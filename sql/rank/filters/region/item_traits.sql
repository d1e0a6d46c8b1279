-- The regions in which an item must not be shown: at once, whatever the date of the run, as with removals.
--
-- Grain   one row per item that has any
-- Reads   source.items
-- Note    They are the attribute blocked_regions of the item, an array of text.
select
    i.item_id,
    array(select r.region from jsonb_array_elements_text(i.attributes -> 'blocked_regions') as r (region)) as traits
from source.items as i
where jsonb_typeof(i.attributes -> 'blocked_regions') = 'array'
order by i.item_id;
