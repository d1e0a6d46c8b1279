-- What users liked already and need not be shown again.
--
-- Grain   one row per user with any, in a range of buckets, by user_id
-- Reads   feature.user_histories
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
select h.user_id, h.item_ids
from feature.user_histories as h
where h.as_of_date = :'as_of_date'::date
    and h.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
order by h.user_id;
