-- How a trial ended on a rung, where it has.
--
-- Grain   one row, or none: whether it was trained from the same settings and the same data, and its
--         objective, null for one that failed
-- Reads   model.trials
-- Params  study_name, trial_name, rung, configuration, item_numbers, seed, data_hash
select
    t.configuration = :'configuration'::jsonb
        and t.item_numbers = :'item_numbers'::text
        and t.seed = :'seed'::bigint as has_settings,
    t.data_hash = :'data_hash'::text as has_data,
    t.objective_value
from model.trials as t
where t.study_name = :'study_name'::text
    and t.trial_name = :'trial_name'::text
    and t.rung = :'rung'::integer
    and t.status in ('succeeded', 'failed');
