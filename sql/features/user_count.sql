-- Users of the snapshot of a date.
--
-- Grain   one row
-- Reads   feature.user_snapshots
-- Params  as_of_date
select count(*) as user_count
from feature.user_snapshots as s
where s.as_of_date = :'as_of_date'::date;
