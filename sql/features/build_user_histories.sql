-- What each user liked, in order: what the towers train on and what they read when they serve.
--
-- Grain   one row per user with a positive event known before the date
-- Reads   source.interactions, source.actions, source.item_versions
-- Writes  feature.user_histories
-- Params  as_of_date         only what was known before 00:00 UTC of this date
--         positive_actions   names of the actions that count as positive
--         history_days       events older than this are left out
--         history_length     items kept per user
--         strongest_length   of these, places for the strongest items of those that are not the newest
-- Note    How strong an item is: the label weights of all positive events of the user on it, times
--         1 + ln(n) where the user liked n different items of its creator. Of equally strong ones the
--         newest stay, so that without strong ones a history is cut to the newest.
insert into feature.user_histories
    (user_id, as_of_date, item_ids, occurred_dates, weights, positive_count)
with

positives as (
    -- An item liked twice stands once, at its last place, with its largest weight.
    select
        i.user_id,
        i.item_id,
        max(i.occurred_at) as occurred_at,
        max(a.label_weight) as weight,
        sum(a.label_weight::double precision) as total_weight
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at
            >= (:'as_of_date'::date - :'history_days'::integer)::timestamp at time zone 'UTC'
    group by i.user_id, i.item_id
),

ordered as materialized (
    select
        p.user_id,
        p.item_id,
        p.occurred_at,
        p.weight,
        p.total_weight,
        row_number() over newest_first as place,
        count(*) over (partition by p.user_id) as positive_count
    from positives as p
    window newest_first as (partition by p.user_id order by p.occurred_at desc, p.item_id desc)
),

strengths as (
    -- Of the users whose histories have to be cut.
    select
        o.user_id,
        o.item_id,
        o.place,
        round((o.total_weight * case
            when v.creator_id is null then 1
            else 1 + ln(count(*) over (partition by o.user_id, v.creator_id)::double precision)
        end)::numeric, 6) as strength
    from ordered as o
    left join lateral (
        select w.creator_id
        from source.item_versions as w
        where w.item_id = o.item_id
            and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on true
    where o.positive_count > :'history_length'::integer
),

strongest as (
    select
        s.user_id,
        s.item_id,
        row_number() over (partition by s.user_id order by s.strength desc, s.place) as strength_place
    from strengths as s
    where s.place > :'history_length'::integer - :'strongest_length'::integer
)

select
    o.user_id,
    :'as_of_date'::date as as_of_date,
    array_agg(o.item_id order by o.place desc) as item_ids,
    array_agg((o.occurred_at at time zone 'UTC')::date order by o.place desc) as occurred_dates,
    array_agg(o.weight order by o.place desc) as weights,
    max(o.positive_count)::integer as positive_count
from ordered as o
left join strongest as s on s.user_id = o.user_id and s.item_id = o.item_id
-- Who has no more than fits is not among the strongest, and keeps all.
where o.positive_count <= :'history_length'::integer
    or o.place <= :'history_length'::integer - :'strongest_length'::integer
    or s.strength_place <= :'strongest_length'::integer
group by o.user_id;
