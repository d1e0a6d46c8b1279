-- Removes what an earlier attempt of this run at the step left of the users in a range of buckets.
--
-- Params  publication_id, from_bucket, until_bucket   buckets both inclusive
delete from serving.recommendation_lists
where publication_id = :'publication_id'::bigint
    and bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;

delete from serving.ranked_lists
where publication_id = :'publication_id'::bigint
    and bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;

delete from serving.candidate_fates
where publication_id = :'publication_id'::bigint
    and bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;

delete from serving.funnel_counts
where publication_id = :'publication_id'::bigint
    and first_bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;
