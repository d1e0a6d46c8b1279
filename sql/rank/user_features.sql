-- Numeric features of users that the ranker reads.
--
-- Grain   one row per user of the snapshot in a range of buckets, by user_id
-- Reads   feature.user_features
-- Params  as_of_date
--         from_bucket, until_bucket   both inclusive
-- Output  names     of the features, the same in every row
--         numbers   in the order of names; NaN where not known
select f.user_id, f.names, f.numbers
from feature.user_features(
    :'as_of_date'::date, :'from_bucket'::smallint, :'until_bucket'::smallint) as f
order by f.user_id;
