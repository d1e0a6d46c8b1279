-- A sample of embeddings of users, to measure an index with.
--
-- Grain   one row per embedding
-- Reads   model.user_embeddings
-- Params  space_id, seed
--         sample_size   how many
-- Note    By a hash of the user: the same sample for the same users, whoever else is there.
select u.embedding
from model.user_embeddings as u
where u.space_id = :'space_id'::bigint
order by hashint8extended(u.user_id, :'seed'::bigint), u.user_id, u.interest
limit :'sample_size'::integer;
