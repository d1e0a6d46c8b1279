-- Closes runs and steps of a job whose process died without saying so.
--
-- Writes  ops.steps, ops.runs
-- Params  job_name
-- Note    Asked under the lock of the job, which a living run would hold.
update ops.steps
set status = 'interrupted',
    finished_at = clock_timestamp(),
    error_message = 'the process ended without finishing the step'
where status = 'running'
    and run_id in (select r.run_id from ops.runs as r where r.job_name = :'job_name'::text);

update ops.runs
set status = 'interrupted',
    finished_at = clock_timestamp(),
    error_message = 'the process ended without finishing the run'
where status = 'running' and job_name = :'job_name'::text;
