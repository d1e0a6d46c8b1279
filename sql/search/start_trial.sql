-- Opens an attempt at a trial.
--
-- Grain   one row: the number of the attempt
-- Reads   model.trials
-- Writes  model.trials
-- Params  study_name, trial_name, rung, trial_number, run_id, as_of_date, held_out, protocol, basis,
--         objective_name, objective_cutoff, settings, configuration, item_numbers, seed, data_hash,
--         code_version
insert into model.trials
    (study_name, trial_name, rung, attempt, trial_number, run_id, as_of_date, held_out, protocol,
     basis, objective_name, objective_cutoff, settings, configuration, item_numbers, seed,
     data_hash, code_version)
select
    :'study_name'::text,
    :'trial_name'::text,
    :'rung'::integer,
    coalesce(max(t.attempt), 0) + 1,
    :'trial_number'::integer,
    :'run_id'::bigint,
    :'as_of_date'::date,
    :'held_out'::text,
    :'protocol'::text,
    :'basis'::jsonb,
    :'objective_name'::text,
    :'objective_cutoff'::integer,
    :'settings'::jsonb,
    :'configuration'::jsonb,
    :'item_numbers'::text,
    :'seed'::bigint,
    :'data_hash'::text,
    :'code_version'::text
from model.trials as t
where t.study_name = :'study_name'::text
    and t.trial_name = :'trial_name'::text
    and t.rung = :'rung'::integer
returning attempt;
