-- The tags of each item.
--
-- Grain   one row per item with tags
-- Reads   source.items
select i.item_id, i.tags as traits
from source.items as i
where i.tags <> '{}'
order by i.item_id;
