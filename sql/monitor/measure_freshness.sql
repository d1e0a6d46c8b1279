-- How old the newest interaction is, as of the date.
--
-- Grain   one row, or none without interactions
-- Reads   feature.days
-- Writes  monitor.measures
-- Params  run_id, as_of_date
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select
    :'run_id'::bigint, 'data', 'newest_interaction_age', 'all',
    :'as_of_date'::date - max(d.known_date) - 1,
    'days'
from feature.days as d
where d.known_date < :'as_of_date'::date and d.interaction_count > 0
having max(d.known_date) is not null;
