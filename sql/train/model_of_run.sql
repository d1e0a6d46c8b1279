-- The model that a run trained for a purpose.
--
-- Grain   one row, or none
-- Reads   model.models
-- Params  run_id, kind, purpose
select m.model_id, m.as_of_date
from model.models as m
where m.run_id = :'run_id'::bigint
    and m.kind = :'kind'::text
    and m.purpose = :'purpose'::text;
