-- Removes the lists of users in a range of buckets that an earlier attempt at the step left.
--
-- Writes  serving.recommendation_lists
-- Params  publication_id, from_bucket, until_bucket   buckets both inclusive
delete from serving.recommendation_lists
where publication_id = :'publication_id'::bigint
    and bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;
