-- The creator of each item.
--
-- Grain   one row per item with a creator
-- Reads   source.items
select i.item_id, array[i.creator_id::text] as traits
from source.items as i
where i.creator_id is not null
order by i.item_id;
