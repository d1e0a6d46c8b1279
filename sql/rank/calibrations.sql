-- The calibration curves of a ranker.
--
-- Grain   one row per task and surface, by both
-- Reads   model.calibrations
-- Params  model_id
select
    c.task_name,
    c.surface,
    c.observation_count,
    c.slope,
    c.intercept,
    c.scores,
    c.predictions
from model.calibrations as c
where c.model_id = :'model_id'::bigint
order by c.task_name, c.surface;
