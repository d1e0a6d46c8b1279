-- Candidates of users in a range of buckets, and users that have none.
--
-- Grain   one row per user and source, by user_id and source; source 0 for a user without candidates
-- Reads   feature.user_snapshots, serving.candidate_lists
-- Params  publication_id, as_of_date, from_bucket, until_bucket   buckets both inclusive
select
    s.user_id,
    coalesce(c.source_id, 0)::smallint as source_id,
    coalesce(c.item_ids, '{}') as item_ids
from feature.user_snapshots as s
left join serving.candidate_lists as c
    on c.user_id = s.user_id and c.publication_id = :'publication_id'::bigint
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
order by s.user_id, c.source_id;
