-- The creators whom a user follows or engages with.
--
-- Grain   one row per user with any, in a range of buckets, by user_id
-- Reads   feature.user_creator_affinities, feature.user_snapshots, source.interactions,
--         source.item_versions, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
with

items as materialized (
    select distinct on (v.item_id) v.item_id, v.creator_id
    from source.item_versions as v
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by v.item_id, v.known_at desc
),

users as (
    select s.user_id
    from feature.user_snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
),

network as (
    select a.user_id, a.creator_id
    from feature.user_creator_affinities as a
    inner join users as u on u.user_id = a.user_id
    where a.as_of_date = :'as_of_date'::date
    union
    select i.user_id, w.creator_id
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id and a.action_name = 'follow'
    inner join items as w on w.item_id = i.item_id and w.creator_id is not null
    inner join users as u on u.user_id = i.user_id
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
)

select n.user_id, array_agg(n.creator_id order by n.creator_id) as creator_ids
from network as n
group by n.user_id
order by n.user_id;
