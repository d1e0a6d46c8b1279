-- What was held out: new positives of each user between two dates.
--
-- Grain   one row per user, by user_id
-- Reads   source.interactions, source.actions
-- Params  as_of_date, until_date   known from 00:00 UTC of the former until 00:00 UTC of the latter
--         positive_actions
-- Output  item_ids   positives of that time that were none before, by item_id
with

positives as (
    select
        i.user_id,
        i.item_id,
        bool_or(i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC') as was_known
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and i.known_at < :'until_date'::date::timestamp at time zone 'UTC'
    group by i.user_id, i.item_id
)

select
    p.user_id,
    array_agg(p.item_id order by p.item_id) as item_ids
from positives as p
where not p.was_known
group by p.user_id
order by p.user_id;
