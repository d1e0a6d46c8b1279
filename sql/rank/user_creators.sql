-- How much each user is drawn to each creator: a feature of the ranker.
--
-- Grain   one row per user with any, in a range of buckets, by user_id
-- Reads   feature.user_snapshots, feature.user_creator_affinities
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
-- Output  affinities   logarithm of 1 + the positives of 28 days, each halved with every week
select
    s.user_id,
    array_agg(f.creator_id order by f.creator_id) as creator_ids,
    array_agg(ln(1 + f.affinity) order by f.creator_id) as affinities
from feature.user_snapshots as s
inner join feature.user_creator_affinities as f
    on f.user_id = s.user_id and f.as_of_date = s.as_of_date
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
group by s.user_id
order by s.user_id;
