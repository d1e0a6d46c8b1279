-- The champion that the present one replaced when it was promoted.
--
-- Grain   one row, or none when the present champion was the first
-- Reads   model.deployments
-- Note    Roll-backs themselves do not count, so that a second one goes further back and not forth
--         again.
with

champion as (
    select d.model_id
    from model.deployments as d
    order by d.deployment_id desc
    limit 1
),

promotion as (
    select d.replaced_model_id
    from model.deployments as d
    inner join champion as c on c.model_id = d.model_id
    where d.kind <> 'rollback'
    order by d.deployment_id desc
    limit 1
)

select p.replaced_model_id as model_id
from promotion as p
where p.replaced_model_id is not null;
