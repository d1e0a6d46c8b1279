-- Closes an attempt at a trial that was measured.
--
-- Writes  model.trials
-- Params  study_name, trial_name, rung, attempt, objective_value, objective_lower, objective_upper,
--         metrics, user_count, examples_per_second, training_seconds
update model.trials
set status = 'succeeded',
    finished_at = clock_timestamp(),
    objective_value = :'objective_value'::double precision,
    objective_lower = :'objective_lower'::double precision,
    objective_upper = :'objective_upper'::double precision,
    metrics = :'metrics'::jsonb,
    user_count = :'user_count'::bigint,
    examples_per_second = :'examples_per_second'::double precision,
    training_seconds = :'training_seconds'::double precision
where study_name = :'study_name'::text
    and trial_name = :'trial_name'::text
    and rung = :'rung'::integer
    and attempt = :'attempt'::integer;
