-- Evaluation models whose figures by user need not be kept: their bytes are gone.
--
-- Grain   one row per model
-- Reads   model.models, model.artefacts
-- Note    Also where an attempt at the step evaluate has left figures that nothing points to.
select m.model_id
from model.models as m
where m.kind = 'two_tower'
    and to_regclass('model.user_metrics_' || m.model_id) is not null
    and not exists (select from model.artefacts as a where a.model_id = m.model_id)
order by m.model_id;
