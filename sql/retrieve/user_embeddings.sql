-- Embeddings of users in a range of buckets, as they are stored.
--
-- Grain   one row per user and interest, by user_id and interest
-- Reads   model.user_vectors
-- Params  space_id, from_bucket, until_bucket   buckets both inclusive
select u.user_id, u.components, u.code, u.scale
from model.user_vectors as u
where u.space_id = :'space_id'::bigint
    and u.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
order by u.user_id, u.interest;
