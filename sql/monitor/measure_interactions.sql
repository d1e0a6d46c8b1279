-- Interactions of the last day and week before the date, by action.
--
-- Grain   one row per action and window
-- Reads   feature.user_action_days, source.actions
-- Writes  monitor.measures
-- Params  run_id, as_of_date
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select
    :'run_id'::bigint, 'data', w.measure_name, a.action_name,
    coalesce(sum(d.event_count) filter (where d.known_date >= :'as_of_date'::date - w.days), 0),
    'events'
from source.actions as a
cross join (values ('interactions_1d', 1), ('interactions_7d', 7)) as w (measure_name, days)
left join feature.user_action_days as d
    on d.action_id = a.action_id
    and d.known_date < :'as_of_date'::date
    and d.known_date >= :'as_of_date'::date - 7
group by w.measure_name, a.action_name;
