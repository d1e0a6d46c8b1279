-- Candidates of users in a range of buckets, and users that have none.
--
-- Grain   one row per user and source, by user_id and priority; source 0 for a user without candidates
-- Reads   feature.user_snapshots, serving.candidate_lists, serving.publication_sources
-- Params  publication_id, as_of_date, from_bucket, until_bucket   buckets both inclusive
select
    s.user_id,
    coalesce(c.source_id, 0)::smallint as source_id,
    coalesce(c.item_ids, '{}') as item_ids
from feature.user_snapshots as s
left join serving.candidate_lists as c
    on c.user_id = s.user_id and c.publication_id = :'publication_id'::bigint
left join serving.publication_sources as p
    on p.publication_id = c.publication_id and p.source_id = c.source_id
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
order by s.user_id, p.priority;
