-- Makes a model champion: a row in the ledger.
--
-- Grain   one row: its identifier
-- Reads   model.deployments
-- Writes  model.deployments
-- Params  model_id, kind, reason
--         run_id   the run that promotes; negative where a person does
-- Note    Under the lock of promote/lock_deployments.
with

champion as (
    select d.model_id
    from model.deployments as d
    order by d.deployment_id desc
    limit 1
)

insert into model.deployments
    (model_id, replaced_model_id, kind, run_id, deployed_by, reason, deployed_at)
select
    :'model_id'::bigint,
    (select c.model_id from champion as c),
    :'kind'::text,
    case when :'run_id'::bigint >= 0 then :'run_id'::bigint end,
    session_user,
    :'reason'::text,
    -- Later than every deployment before it, whatever the clock does.
    greatest(clock_timestamp(), max(d.deployed_at) + interval '1 microsecond')
from model.deployments as d
returning deployment_id;
