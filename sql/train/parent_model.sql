-- The model that a training may start from: that of the newest champion before the run's date, for the
-- same purpose.
--
-- Grain   one row, or none
-- Reads   model.deployments, model.models, model.artefacts
-- Params  run_date, purpose, as_of_date
-- Note    Champions are serving models, which have seen what an evaluation model must not: the
--         latter starts from the evaluation model of the champion's run. Only what is older than the
--         run counts, so that a date that is run again starts from the same model.
with

champion as (
    select m.run_id
    from model.deployments as d
    inner join model.models as m on m.model_id = d.model_id
    where m.as_of_date < :'run_date'::date
    order by d.deployment_id desc
    limit 1
)

select m.model_id
from model.models as m
inner join champion as c on c.run_id = m.run_id
where m.kind = 'two_tower'
    and m.purpose = :'purpose'::text
    and m.as_of_date < :'as_of_date'::date
    and exists (select from model.artefacts as a where a.model_id = m.model_id);
