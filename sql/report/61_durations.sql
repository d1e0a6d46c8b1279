-- How long the runs of each job took.
--
-- Title     Duration of runs
-- Question  Does the job take longer than it used to?
-- Chart     lines
-- Grain     one row per job and date, of the last 365 days
-- Reads     monitor.job_runs
-- Output    measure, series, x (days since 1970-01-01), label (the date), y
select
    'minutes' as measure,
    r.job_name as series,
    (r.as_of_date - date '1970-01-01')::double precision as x,
    r.as_of_date::text as label,
    max(r.duration_seconds)::double precision / 60 as y
from monitor.job_runs as r
where r.status = 'succeeded'
    and r.as_of_date > (select max(n.as_of_date) from monitor.job_runs as n) - 365
group by r.job_name, r.as_of_date
order by r.job_name, x;
