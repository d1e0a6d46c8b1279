-- Tags of which the user hid or reported three items or more lately, and liked fewer than that.
--
-- Grain   one row per user with any, in a range of buckets, by user_id
-- Reads   feature.item_user_days, feature.user_snapshots, source.items, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         positive_actions   names of the actions that count as positive
--         hide_days          days before the date that count; afterwards they are forgotten
with

told as (
    select
        d.user_id,
        g.tag,
        count(distinct d.item_id) filter (where a.sign < 0) as hidden_count,
        count(distinct d.item_id) filter (
            where a.action_name = any (:'positive_actions'::text[]) and a.label_weight > 0) as liked_count
    from feature.item_user_days as d
    inner join source.actions as a on a.action_id = d.action_id and a.sign <> 0
    inner join source.items as i on i.item_id = d.item_id
    cross join lateral unnest(i.tags) as g (tag)
    inner join feature.user_snapshots as s
        on s.user_id = d.user_id
        and s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    where d.known_date < :'as_of_date'::date
        and d.occurred_date >= :'as_of_date'::date - :'hide_days'::integer
        -- Those alone who hid something at all.
        and exists (
            select from feature.item_user_days as h
            inner join source.actions as b on b.action_id = h.action_id and b.sign < 0
            where h.user_id = d.user_id and h.known_date < :'as_of_date'::date)
    group by d.user_id, g.tag
)

select t.user_id, array_agg(t.tag order by t.tag) as traits
from told as t
where t.hidden_count >= 3 and t.hidden_count > t.liked_count
group by t.user_id
order by t.user_id;
