-- When a user last hid an item of a creator of whom they hid several, and liked fewer than that.
--
-- Grain   one row per user with such a creator, in a range of buckets, by user_id
-- Reads   source.interactions, feature.user_snapshots, source.item_versions, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         positive_actions   names of the actions that count as positive
-- Output  numbers   days since the newest hide of each creator
with

items as materialized (
    select distinct on (v.item_id) v.item_id, v.creator_id
    from source.item_versions as v
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by v.item_id, v.known_at desc
),

hidden as (
    select
        i.user_id,
        w.creator_id,
        max(i.occurred_at) as hidden_at,
        count(distinct i.item_id) as hidden_count
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id and a.sign < 0
    inner join items as w on w.item_id = i.item_id and w.creator_id is not null
    inner join feature.user_snapshots as s
        on s.user_id = i.user_id
        and s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    group by i.user_id, w.creator_id
    having count(distinct i.item_id) >= 2
)

select
    h.user_id,
    array_agg(h.creator_id order by h.creator_id) as creator_ids,
    array_agg(
        extract(epoch from :'as_of_date'::date::timestamp at time zone 'UTC' - h.hidden_at)::double precision / 86400
        order by h.creator_id) as numbers
from hidden as h
cross join lateral (
    select count(distinct i.item_id) as liked_count
    from source.interactions as i
    inner join source.actions as a
        on a.action_id = i.action_id
        and a.action_name = any (:'positive_actions'::text[]) and a.label_weight > 0
    inner join items as w on w.item_id = i.item_id and w.creator_id = h.creator_id
    where i.user_id = h.user_id
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
) as l
where h.hidden_count > l.liked_count
group by h.user_id
order by h.user_id;
