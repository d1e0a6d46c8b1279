-- What there is to know of a model before it may serve or be compared.
--
-- Grain   one row, or none
-- Reads   model.models, model.artefacts
-- Params  model_id
-- Output  serving_model_id, evaluation_model_id   two-towers of the same run; null where there is none
select
    m.kind,
    m.purpose,
    m.as_of_date,
    m.profile_attributes,
    exists (select from model.artefacts as a where a.model_id = m.model_id) as has_artefact,
    s.model_id as serving_model_id,
    e.model_id as evaluation_model_id
from model.models as m
left join model.models as s
    on s.run_id = m.run_id and s.kind = 'two_tower' and s.purpose = 'serving'
left join model.models as e
    on e.run_id = m.run_id and e.kind = 'two_tower' and e.purpose = 'evaluation'
where m.model_id = :'model_id'::bigint;
