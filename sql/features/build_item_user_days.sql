-- Events by item, user, action and day.
--
-- Grain   one row per item, user, action, day known and day occurred
-- Reads   source.interactions
-- Writes  feature.item_user_days
-- Params  from_date, until_date   days known, both inclusive, UTC
-- Note    The step between events, which lie with their user, and counts, which lie with their item.
--         Written in the order of the key: its index then grows at one end.
insert into feature.item_user_days
    (item_id, user_id, action_id, known_date, occurred_date, event_count, value_sum)
select
    i.item_id,
    i.user_id,
    i.action_id,
    (i.known_at at time zone 'UTC')::date as known_date,
    (i.occurred_at at time zone 'UTC')::date as occurred_date,
    count(*)::integer as event_count,
    coalesce(sum(i.value::numeric), 0)::double precision as value_sum
from source.interactions as i
where i.known_at >= :'from_date'::date::timestamp at time zone 'UTC'
    and i.known_at < (:'until_date'::date + 1)::timestamp at time zone 'UTC'
group by i.item_id, i.user_id, i.action_id, known_date, occurred_date
order by i.item_id, i.user_id, i.action_id, known_date, occurred_date;
