-- The model that the gate has let through in a run and that has not been made champion yet.
--
-- Grain   one row, or none
-- Reads   model.decisions, model.deployments, model.artefacts
-- Params  run_id
-- Note    A run promotes once, and only over the champion that it compared with: what a person has
--         decided meanwhile holds. A run that is taken up late may find that the bytes of its model
--         are gone: a champion without them would end every run after it.
with

champion as (
    select d.model_id
    from model.deployments as d
    order by d.deployment_id desc
    limit 1
)

select
    d.challenger_model_id as model_id,
    array_to_string(d.reasons, '; ') as reason
from model.decisions as d
where d.run_id = :'run_id'::bigint
    and d.outcome = 'promoted'
    and d.champion_model_id is not distinct from (select c.model_id from champion as c)
    and not exists (select from model.deployments as p where p.run_id = d.run_id)
    and exists (select from model.artefacts as a where a.model_id = d.challenger_model_id);
