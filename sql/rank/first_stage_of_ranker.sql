-- The first stage that was distilled from a ranker.
--
-- Grain   one row, or none
-- Reads   model.models, model.artefacts
-- Params  model_id   the ranker
select m.model_id
from model.models as m
where m.base_model_id = :'model_id'::bigint
    and m.kind = 'first_stage'
    and exists (select from model.artefacts as a where a.model_id = m.model_id);
