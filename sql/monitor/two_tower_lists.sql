-- What the two-tower proposed to the users of a range of buckets.
--
-- Grain   one row per user, by user_id
-- Reads   serving.candidate_lists, serving.sources
-- Params  publication_id, from_bucket, until_bucket   buckets both inclusive
select c.user_id, c.item_ids
from serving.candidate_lists as c
inner join serving.sources as s on s.source_id = c.source_id
where s.source_name = 'two_tower'
    and c.publication_id = :'publication_id'::bigint
    and c.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
order by c.user_id;
