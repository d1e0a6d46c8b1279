-- Closes runs and steps whose process died without saying so.
--
-- Writes  ops.step_shards, ops.steps, ops.runs
-- Note    Asked under the lock of jobs, which a living run would hold.
update ops.step_shards
set status = 'interrupted',
    finished_at = clock_timestamp(),
    error_message = 'the process ended without finishing the shard'
where status = 'running';

update ops.steps
set status = 'interrupted',
    finished_at = clock_timestamp(),
    error_message = 'the process ended without finishing the step'
where status = 'running';

update ops.runs
set status = 'interrupted',
    finished_at = clock_timestamp(),
    error_message = 'the process ended without finishing the run'
where status = 'running';
