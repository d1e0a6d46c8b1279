-- Removes the embeddings of users in a range of buckets.
--
-- Writes  model.user_embeddings
-- Params  space_id, from_bucket, until_bucket   buckets both inclusive
delete from model.user_embeddings
where space_id = :'space_id'::bigint
    and bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;
