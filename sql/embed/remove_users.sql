-- Removes the embeddings of some users.
--
-- Writes  model.user_vectors
-- Params  space_id, from_bucket, until_bucket   the buckets in which they lie, both inclusive
--         user_ids
delete from model.user_vectors
where space_id = :'space_id'::bigint
    and bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    and user_id = any (:'user_ids'::bigint[]);
