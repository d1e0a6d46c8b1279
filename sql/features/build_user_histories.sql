-- What each user liked, in order: what the towers train on and what they read when they serve.
--
-- Grain   one row per user with a positive event known before the date
-- Reads   source.interactions, source.actions
-- Writes  feature.user_histories
-- Params  as_of_date         only what was known before 00:00 UTC of this date
--         positive_actions   names of the actions that count as positive
--         history_days       events older than this are left out
--         history_length     newest items kept per user
insert into feature.user_histories
    (user_id, as_of_date, item_ids, occurred_dates, weights, positive_count)
with

positives as (
    -- An item liked twice stands once, at its last place, with its largest weight.
    select
        i.user_id,
        i.item_id,
        max(i.occurred_at) as occurred_at,
        max(a.label_weight) as weight
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at
            >= (:'as_of_date'::date - :'history_days'::integer)::timestamp at time zone 'UTC'
    group by i.user_id, i.item_id
),

ordered as (
    select
        p.user_id,
        p.item_id,
        p.occurred_at,
        p.weight,
        row_number() over newest_first as place,
        count(*) over (partition by p.user_id) as positive_count
    from positives as p
    window newest_first as (partition by p.user_id order by p.occurred_at desc, p.item_id desc)
)

select
    o.user_id,
    :'as_of_date'::date as as_of_date,
    array_agg(o.item_id order by o.place desc) as item_ids,
    array_agg((o.occurred_at at time zone 'UTC')::date order by o.place desc) as occurred_dates,
    array_agg(o.weight order by o.place desc) as weights,
    max(o.positive_count)::integer as positive_count
from ordered as o
where o.place <= :'history_length'::integer
group by o.user_id;
