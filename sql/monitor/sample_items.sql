-- A sample of embeddings of items as they are stored, to measure their spread.
--
-- Grain   one row per item
-- Reads   model.item_vectors
-- Params  space_id, seed
--         sample_size   how many
-- Note    By a hash of the item: the same sample for the same items, whichever else are there.
select i.components, i.code, i.scale
from model.item_vectors as i
where i.space_id = :'space_id'::bigint
order by hashint8extended(i.item_id, :'seed'::bigint), i.item_id
limit :'sample_size'::integer;
