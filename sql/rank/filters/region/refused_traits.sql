-- The region of each user who has one: what is blocked there is dropped.
--
-- Grain   one row per user with the attribute region, in a range of buckets, by user_id
-- Reads   source.users, feature.user_snapshots
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
select s.user_id, array[u.attributes ->> 'region'] as traits
from feature.user_snapshots as s
inner join source.users as u on u.user_id = s.user_id
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    and jsonb_typeof(u.attributes -> 'region') = 'string'
order by s.user_id;
