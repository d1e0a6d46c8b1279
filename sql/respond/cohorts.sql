-- Activity cohorts that the newest snapshots of users know.
--
-- Grain   one row per cohort
-- Reads   feature.user_snapshots
select distinct s.activity_cohort
from feature.user_snapshots as s
where s.as_of_date = (select max(n.as_of_date) from feature.user_snapshots as n)
order by s.activity_cohort;
