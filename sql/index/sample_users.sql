-- A sample of embeddings of users as they are stored, to measure an index with.
--
-- Grain   one row per embedding
-- Reads   model.user_vectors
-- Params  space_id, seed
--         sample_size   how many
-- Note    By a hash of the user: the same sample for the same users, whoever else is there.
select u.components, u.code, u.scale
from model.user_vectors as u
where u.space_id = :'space_id'::bigint
order by hashint8extended(u.user_id, :'seed'::bigint), u.user_id, u.interest
limit :'sample_size'::integer;
