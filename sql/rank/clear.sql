-- Removes what an earlier attempt of this run at the step left of the users in a range of buckets.
--
-- Writes  serving.recommendation_lists, serving.ranked_lists, serving.candidate_fates,
--         serving.funnel_counts, monitor.list_counts, monitor.funnel_history
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

-- Added up over all users: what was counted of them before is no longer so.
delete from monitor.list_counts where publication_id = :'publication_id'::bigint;

delete from monitor.funnel_history where publication_id = :'publication_id'::bigint;
