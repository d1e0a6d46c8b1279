-- The trials of a study, best first.
--
-- Grain   one row per trial and rung; attempts that were interrupted are left out
-- Reads   monitor.trials
-- Params  study_name
select
    t.place,
    t.trial_name,
    t.rung,
    t.objective_value,
    t.objective_lower,
    t.objective_upper,
    t.recall,
    t.ndcg,
    t.examples_per_second,
    t.duration_seconds,
    t.error_message
from monitor.trials as t
where t.study_name = :'study_name'::text and t.place is not null
order by t.place, t.trial_number;
