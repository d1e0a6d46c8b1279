-- Creators of whom the user hid or reported two items or more lately, and liked fewer than that.
--
-- Grain   one row per user with any, in a range of buckets, by user_id
-- Reads   source.interactions, feature.user_snapshots, source.item_versions, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         positive_actions   names of the actions that count as positive
--         hide_days          days before the date that count; the rule hide_memory goes on from there
with

items as materialized (
    select distinct on (v.item_id) v.item_id, v.creator_id
    from source.item_versions as v
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by v.item_id, v.known_at desc
),

told as (
    select
        i.user_id,
        w.creator_id::text as trait,
        count(distinct i.item_id) filter (where a.sign < 0) as hidden_count,
        count(distinct i.item_id) filter (
            where a.action_name = any (:'positive_actions'::text[]) and a.label_weight > 0) as liked_count
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id and a.sign <> 0
    inner join items as w on w.item_id = i.item_id and w.creator_id is not null
    inner join feature.user_snapshots as s
        on s.user_id = i.user_id
        and s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at >= (:'as_of_date'::date - :'hide_days'::integer)::timestamp at time zone 'UTC'
        -- Those alone who hid something at all.
        and i.user_id in (
            select h.user_id
            from source.interactions as h
            inner join source.actions as b on b.action_id = h.action_id and b.sign < 0
            where h.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
                and h.occurred_at
                    >= (:'as_of_date'::date - :'hide_days'::integer)::timestamp at time zone 'UTC')
    group by i.user_id, w.creator_id::text
)

select t.user_id, array_agg(t.trait order by t.trait) as traits
from told as t
where t.hidden_count >= 2 and t.hidden_count > t.liked_count
group by t.user_id
order by t.user_id;
