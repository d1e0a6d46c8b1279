-- The model that was champion at a moment.
--
-- Grain   one value; null where there was none yet
-- Reads   model.deployments
create or replace function model.champion_at(moment timestamptz)
returns bigint
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    select d.model_id
    from model.deployments as d
    where d.deployed_at <= moment
    order by d.deployed_at desc, d.deployment_id desc
    limit 1;
$function$;

comment on function model.champion_at(timestamptz) is
    'The model that was champion at a moment; null where there was none yet.';
revoke all on function model.champion_at(timestamptz) from public;
grant execute on function model.champion_at(timestamptz) to vitrine_job, vitrine_analyst;
