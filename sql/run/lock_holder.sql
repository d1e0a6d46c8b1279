-- Which run is under way now.
--
-- Grain   one row, or none
-- Reads   ops.runs
select r.job_name, r.run_id, r.host_name, r.process_id, r.started_at
from ops.runs as r
where r.status = 'running'
order by r.run_id desc
limit 1;
