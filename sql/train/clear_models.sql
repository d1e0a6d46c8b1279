-- Removes what an earlier attempt of this run left of a model that is to be trained, and the models that
-- read it.
--
-- Reads   model.models
-- Writes  model.models
-- Params  run_id, kind, purpose
with recursive

outdated as (
    select m.model_id
    from model.models as m
    where m.run_id = :'run_id'::bigint and m.kind = :'kind'::text and m.purpose = :'purpose'::text
    union
    select m.model_id
    from outdated as o
    inner join model.models as m on m.base_model_id = o.model_id
)

delete from model.models as m
using outdated as o
where m.model_id = o.model_id;
