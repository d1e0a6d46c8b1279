-- Records that days have been aggregated, the empty ones too.
--
-- Grain   one row per day
-- Reads   feature.user_action_days
-- Writes  feature.days
-- Params  from_date, until_date   both inclusive, UTC
insert into feature.days (known_date, interaction_count)
select
    d.known_date::date,
    coalesce(sum(u.event_count), 0)
from generate_series(
    :'from_date'::date::timestamp, :'until_date'::date::timestamp, interval '1 day') as d (known_date)
left join feature.user_action_days as u on u.known_date = d.known_date::date
group by d.known_date;
