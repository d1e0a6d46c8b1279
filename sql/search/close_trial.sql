-- Closes an attempt at a trial that an error ended.
--
-- Writes  model.trials
-- Params  study_name, trial_name, rung, attempt, status, error_message
update model.trials
set status = :'status'::text,
    finished_at = clock_timestamp(),
    error_message = :'error_message'::text
where study_name = :'study_name'::text
    and trial_name = :'trial_name'::text
    and rung = :'rung'::integer
    and attempt = :'attempt'::integer
    and status = 'running';
