-- The ranker that goes with a two-tower: that of the same run, for the same purpose.
--
-- Grain   one row, or none
-- Reads   model.models, model.artefacts
-- Params  model_id   the two-tower
select r.model_id
from model.models as t
inner join model.models as r
    on r.run_id = t.run_id and r.purpose = t.purpose and r.kind = 'ranker'
where t.model_id = :'model_id'::bigint
    and exists (select from model.artefacts as a where a.model_id = r.model_id)
    and exists (select from model.artefacts as a where a.model_id = r.base_model_id);
