-- Events by item, action and day.
--
-- Grain   one row per item, day known, day occurred and action
-- Reads   feature.item_user_days
-- Writes  feature.item_action_days
-- Params  from_date, until_date   days known, both inclusive, UTC
-- Note    Written in the order of the key: its index then grows at one end.
insert into feature.item_action_days
    (item_id, known_date, occurred_date, action_id, event_count, user_count, value_sum)
select
    d.item_id,
    d.known_date,
    d.occurred_date,
    d.action_id,
    sum(d.event_count)::integer as event_count,
    count(distinct d.user_id)::integer as user_count,
    coalesce(sum(d.value_sum::numeric), 0)::double precision as value_sum
from feature.item_user_days as d
where d.known_date between :'from_date'::date and :'until_date'::date
group by d.item_id, d.known_date, d.occurred_date, d.action_id
order by d.item_id, d.known_date, d.occurred_date, d.action_id;
