-- The language of each item that has one.
--
-- Grain   one row per item
-- Reads   source.items
select i.item_id, array[i.language] as traits
from source.items as i
where i.language is not null
order by i.item_id;
