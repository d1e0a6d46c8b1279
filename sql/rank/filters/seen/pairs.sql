-- Items that the user liked already, or was shown often enough lately.
--
-- Grain   one row per user with any, in a range of buckets, by user_id
-- Reads   source.interactions, feature.user_histories, feature.user_snapshots, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         positive_actions, history_days   of the job: what counts as liked
--         seen_days    days before the date that count
--         seen_count   impressions from which an item counts as seen; 0 never
with

shown as (
    select i.user_id, i.item_id
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id and a.action_name = 'impression'
    inner join feature.user_snapshots as s
        on s.user_id = i.user_id
        and s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at >= (:'as_of_date'::date - :'seen_days'::integer)::timestamp at time zone 'UTC'
        and :'seen_count'::integer > 0
    group by i.user_id, i.item_id
    having sum(i.repeat_count) >= :'seen_count'::integer
),

together as (
    select s.user_id, s.item_id
    from shown as s
    union
    select h.user_id, r.item_id
    from feature.user_histories as h
    cross join lateral unnest(h.item_ids) as r (item_id)
    where h.as_of_date = :'as_of_date'::date
        and h.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    union
    -- What a history that was cut does not tell.
    select h.user_id, i.item_id
    from feature.user_histories as h
    inner join source.interactions as i on i.user_id = h.user_id
    inner join source.actions as a on a.action_id = i.action_id
    where h.as_of_date = :'as_of_date'::date
        and h.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
        and h.positive_count > cardinality(h.item_ids)
        and a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at
            >= (:'as_of_date'::date - :'history_days'::integer)::timestamp at time zone 'UTC'
)

select t.user_id, array_agg(t.item_id order by t.item_id) as item_ids
from together as t
group by t.user_id
order by t.user_id;
