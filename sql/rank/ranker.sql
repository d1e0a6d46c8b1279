-- What there is to know of a ranker beside its bytes and its calibration.
--
-- Grain   one row, or none
-- Reads   model.models
-- Params  model_id
-- Output  profile_attributes   those that its base reads
select m.base_model_id, b.profile_attributes, m.training
from model.models as m
inner join model.models as b on b.model_id = m.base_model_id
where m.model_id = :'model_id'::bigint and m.kind = 'ranker';
