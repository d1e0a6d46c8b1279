-- Users in a range of buckets: how active, and of which cohort.
--
-- Grain   one row per user of the snapshot, by user_id
-- Reads   feature.user_snapshots
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
-- Output  language, region   empty where not known
select
    s.user_id,
    s.event_count_28d,
    coalesce(s.language, '') as language,
    coalesce(s.region, '') as region,
    s.activity_cohort
from feature.user_snapshots as s
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
order by s.user_id;
