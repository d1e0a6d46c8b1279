-- Removes the candidates of users in a range of buckets.
--
-- Writes  serving.candidate_lists
-- Params  publication_id, from_bucket, until_bucket   buckets both inclusive
delete from serving.candidate_lists
where publication_id = :'publication_id'::bigint
    and bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;
