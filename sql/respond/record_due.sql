-- Notes the newest moment at which a run of a job was due and its tolerance is over.
--
-- Writes  ops.expected_runs
-- Params  job_name
--         due_at       that moment; none that lies before the schedule was made known counts
--         checked_at   the present
update ops.expected_runs
set last_due_at = case when :'due_at'::timestamptz >= expected_since then :'due_at'::timestamptz end,
    checked_at = :'checked_at'::timestamptz
where job_name = :'job_name'::text;
