-- What the embeddings of users in a range of buckets were made from.
--
-- Grain   one row per user, by user_id
-- Reads   model.user_vectors
-- Params  space_id, from_bucket, until_bucket   buckets both inclusive
select u.user_id, u.input_hash
from model.user_vectors as u
where u.space_id = :'space_id'::bigint
    and u.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    and u.interest = 0
order by u.user_id;
