-- Who runs a job now.
--
-- Grain   one row, or none
-- Reads   ops.runs
-- Params  job_name
select r.run_id, r.host_name, r.process_id, r.started_at
from ops.runs as r
where r.job_name = :'job_name'::text and r.status = 'running'
order by r.run_id desc
limit 1;
