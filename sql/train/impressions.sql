-- What each user was shown and did not engage with by the end of that day: negatives for training.
--
-- Grain   one row per user with such an item, by user_id
-- Reads   source.interactions, source.actions
-- Params  as_of_date          only what was known before 00:00 UTC of this date
--         positive_actions    names of the actions that count as positive
--         history_days        events older than this are left out
--         impression_length   newest items kept per user
-- Output  item_ids         oldest first; an item stands once
--         occurred_dates   the day each was first shown
--         engaged_dates    the day of its first positive event; infinity where there is none
-- Note    Whatever is done to an item, it was shown; so every action counts. An item with a positive
--         event later on is no negative, but was one on the days before: whoever looks back to such a
--         day must not see it missing. So it is kept, with that day, and which items are the newest
--         does not depend on what became of them on later days.
with

shown as (
    select
        i.user_id,
        i.item_id,
        min(i.occurred_at) as occurred_at,
        (min(i.occurred_at) at time zone 'UTC')::date as occurred_date,
        coalesce(
            (min(i.occurred_at) filter (
                where a.action_name = any (:'positive_actions'::text[]) and a.label_weight > 0)
            at time zone 'UTC')::date,
            'infinity') as engaged_date
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at
            >= (:'as_of_date'::date - :'history_days'::integer)::timestamp at time zone 'UTC'
    group by i.user_id, i.item_id
),

ordered as (
    select
        s.user_id,
        s.item_id,
        s.occurred_date,
        s.engaged_date,
        row_number() over newest_first as place
    from shown as s
    where s.engaged_date > s.occurred_date
    window newest_first as (partition by s.user_id order by s.occurred_at desc, s.item_id desc)
)

select
    o.user_id,
    array_agg(o.item_id order by o.place desc) as item_ids,
    array_agg(o.occurred_date order by o.place desc) as occurred_dates,
    array_agg(o.engaged_date order by o.place desc) as engaged_dates
from ordered as o
where o.place <= :'impression_length'::integer
group by o.user_id
order by o.user_id;
