-- How the best trial of a study was trained and measured.
--
-- Grain   one row, or none
-- Reads   model.trials
-- Params  study_name
select t.protocol, t.user_count, t.configuration::text
from model.trials as t
where t.study_name = :'study_name'::text and t.status = 'succeeded'
order by t.rung desc, t.objective_value desc, t.trial_number
limit 1;
