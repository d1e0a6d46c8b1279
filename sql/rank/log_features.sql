-- Keeps the features of a sample of users as the ranking of a publication finds them.
--
-- Grain   one row per user of the sample: some 200, of other buckets on other dates
-- Reads   feature.user_features, feature.user_snapshots
-- Writes  monitor.served_features
-- Params  publication_id, as_of_date
-- Note    A later run computes them again as of the same date: sql/monitor/measure_skew.sql.
delete from monitor.served_features where publication_id = :'publication_id'::bigint;

insert into monitor.served_features (publication_id, user_id, as_of_date, names, numbers)
select :'publication_id'::bigint, f.user_id, :'as_of_date'::date, f.names, f.numbers
from (
    select least(greatest(204800 / greatest(count(*), 1), 1), 1024)::integer as bucket_count
    from feature.user_snapshots as u
    where u.as_of_date = :'as_of_date'::date
) as s
cross join lateral (
    select ((:'as_of_date'::date - date '2000-01-01') * 131) % (1025 - s.bucket_count) as first_bucket
) as b
cross join lateral feature.user_features(
    :'as_of_date'::date, b.first_bucket::smallint, (b.first_bucket + s.bucket_count - 1)::smallint) as f;
