-- Users and items known as of the date.
--
-- Grain   one row per activity cohort, and one for items
-- Reads   feature.user_snapshots, feature.item_snapshots
-- Writes  monitor.measures
-- Params  run_id, as_of_date
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select :'run_id'::bigint, 'data', 'users', s.activity_cohort, count(*), 'users'
from feature.user_snapshots as s
where s.as_of_date = :'as_of_date'::date
group by s.activity_cohort

union all

select :'run_id'::bigint, 'data', 'items', 'all', count(*), 'items'
from feature.item_snapshots as s
where s.as_of_date = :'as_of_date'::date;
