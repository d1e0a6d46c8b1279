-- Counts what days brought, and records that they are counted.
--
-- Grain   one row per day known, day happened and action
-- Reads   source.interactions
-- Writes  monitor.event_days, monitor.counted_days
-- Params  from_date, until_date   both inclusive, UTC
-- Note    What a first attempt counted is counted again. Interactions are found by the index on
--         known_at; where most of the table is asked for, by one scan of it. Two jobs take turns.
select pg_advisory_xact_lock(hashtextextended('vitrine/count_days', 0));

delete from monitor.event_days
where known_date between :'from_date'::date and :'until_date'::date;

delete from monitor.counted_days
where known_date between :'from_date'::date and :'until_date'::date;

insert into monitor.event_days (
    known_date, occurred_date, action_id, event_count, repeat_count, value_count, surface_count,
    position_count, request_count, value_sum, value_minimum, value_maximum)
select
    (i.known_at at time zone 'UTC')::date,
    (i.occurred_at at time zone 'UTC')::date,
    i.action_id,
    count(*),
    sum(i.repeat_count),
    count(i.value),
    count(i.surface),
    count(i.position),
    count(i.request_id),
    coalesce(sum(i.value::double precision), 0),
    min(i.value),
    max(i.value)
from source.interactions as i
where i.known_at >= :'from_date'::date::timestamp at time zone 'UTC'
    and i.known_at < (:'until_date'::date + 1)::timestamp at time zone 'UTC'
group by 1, 2, 3;

insert into monitor.counted_days (known_date, is_closed)
select
    d.known_date::date,
    coalesce(
        (d.known_date + interval '1 day') at time zone 'UTC' <= source.closed_through(), false)
from generate_series(
    :'from_date'::date::timestamp, :'until_date'::date::timestamp, interval '1 day')
    as d (known_date);
