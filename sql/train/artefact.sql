-- The bytes of a model, in parts.
--
-- Grain   one row per part, in order
-- Reads   model.artefacts
-- Params  model_id
select a.content
from model.artefacts as a
where a.model_id = :'model_id'::bigint
order by a.part_number;
