-- Embeddings of all items of a space, as they are stored.
--
-- Grain   one row per item, by item_id
-- Reads   model.item_vectors
-- Params  space_id
select i.item_id, i.components, i.code, i.scale
from model.item_vectors as i
where i.space_id = :'space_id'::bigint
order by i.item_id;
