-- The region of each user who has one: what is blocked there is dropped.
--
-- Grain   one row per user with a region, in a range of buckets, by user_id
-- Reads   feature.user_snapshots
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
select s.user_id, array[s.region] as traits
from feature.user_snapshots as s
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    and s.region is not null
order by s.user_id;
