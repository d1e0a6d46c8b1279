-- A two-tower by its identifier.
--
-- Grain   one row, or none
-- Reads   model.models
-- Params  model_id
select m.model_id, m.as_of_date
from model.models as m
where m.model_id = :'model_id'::bigint and m.kind = 'two_tower';
