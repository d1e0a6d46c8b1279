-- Users of the snapshot of a date in a range of buckets.
--
-- Grain   one row
-- Reads   feature.user_snapshots
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
select count(*) as user_count
from feature.user_snapshots as s
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;
