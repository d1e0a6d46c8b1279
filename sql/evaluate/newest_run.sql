-- The date of the newest run of a job.
--
-- Grain   one row, or none
-- Reads   ops.runs
-- Params  job_name
select r.as_of_date
from ops.runs as r
where r.job_name = :'job_name'::text
order by r.run_id desc
limit 1;
