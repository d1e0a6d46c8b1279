-- Closes the trials of a study whose process died without saying so.
--
-- Writes  model.trials
-- Params  study_name
-- Note    Asked under the lock of jobs, which a living search would hold.
update model.trials
set status = 'interrupted',
    finished_at = clock_timestamp(),
    error_message = 'the process ended without finishing the trial'
where study_name = :'study_name'::text and status = 'running';
