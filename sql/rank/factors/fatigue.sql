-- How often a user was shown an item since they last engaged with it.
--
-- Grain   one row per user with such an item, in a range of buckets, by user_id
-- Reads   source.interactions, feature.user_snapshots, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         window_days   days before the date that count
with

events as (
    select
        i.user_id,
        i.item_id,
        i.occurred_at,
        i.repeat_count,
        a.action_name = 'impression' as is_impression,
        max(i.occurred_at) filter (where a.sign > 0) over (partition by i.user_id, i.item_id) as engaged_at
    from source.interactions as i
    inner join source.actions as a
        on a.action_id = i.action_id and (a.action_name = 'impression' or a.sign > 0)
    inner join feature.user_snapshots as s
        on s.user_id = i.user_id
        and s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
),

shown as (
    select e.user_id, e.item_id, sum(e.repeat_count) as impression_count
    from events as e
    where e.is_impression and (e.engaged_at is null or e.occurred_at > e.engaged_at)
    group by e.user_id, e.item_id
)

select
    s.user_id,
    array_agg(s.item_id order by s.item_id) as item_ids,
    array_agg(s.impression_count::double precision order by s.item_id) as numbers
from shown as s
group by s.user_id
order by s.user_id;
