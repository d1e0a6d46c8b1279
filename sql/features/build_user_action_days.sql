-- Events by user, action and day.
--
-- Grain   one row per user, day known, day occurred and action
-- Reads   source.interactions
-- Writes  feature.user_action_days
-- Params  from_date, until_date   days known, both inclusive, UTC
-- Note    Values are added as numeric: a sum of floats would depend on the order of the rows.
--         Written in the order of the key: its index then grows at one end.
insert into feature.user_action_days
    (user_id, known_date, occurred_date, action_id, event_count, value_sum)
select
    i.user_id,
    (i.known_at at time zone 'UTC')::date as known_date,
    (i.occurred_at at time zone 'UTC')::date as occurred_date,
    i.action_id,
    count(*)::integer as event_count,
    coalesce(sum(i.value::numeric), 0)::double precision as value_sum
from source.interactions as i
where i.known_at >= :'from_date'::date::timestamp at time zone 'UTC'
    and i.known_at < (:'until_date'::date + 1)::timestamp at time zone 'UTC'
group by i.user_id, known_date, occurred_date, i.action_id
order by i.user_id, known_date, occurred_date, i.action_id;
