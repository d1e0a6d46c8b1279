-- Notes when a job should run, as its file says.
--
-- Writes  ops.expected_runs
-- Params  job_name, schedule
-- Note    What a person has written stays. Under a new schedule nothing is missed before now.
insert into ops.expected_runs (job_name, schedule, is_from_job_file)
values (:'job_name'::text, :'schedule'::text, true)
on conflict (job_name) do update
    set schedule = excluded.schedule, expected_since = clock_timestamp(), last_due_at = null
    where expected_runs.is_from_job_file and expected_runs.schedule <> excluded.schedule;
