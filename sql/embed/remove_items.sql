-- Removes the embeddings of some items.
--
-- Writes  model.item_vectors
-- Params  space_id, item_ids
delete from model.item_vectors
where space_id = :'space_id'::bigint and item_id = any (:'item_ids'::bigint[]);
