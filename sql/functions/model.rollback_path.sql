-- The models that one roll-back after the other would go to.
--
-- Grain   one row per step, from 1; fewer than asked for where the first champion is nearer
-- Reads   model.deployments
-- Note    A roll-back undoes the promotion by which a champion came, and lands on the promotion of
--         the champion before: one that stands earlier in the ledger each time, so that no roll-back
--         ever leads forth again, whatever was promoted twice.
create or replace function model.rollback_path(step_limit integer)
returns table (step integer, model_id bigint)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    deployment record;
    promotion_id bigint;
begin
    -- The promotion on which the present champion stands.
    for deployment in
        select d.deployment_id, d.model_id, d.kind
        from model.deployments as d
        where d.deployment_id >= (
            select max(p.deployment_id) from model.deployments as p where p.kind <> 'rollback')
        order by d.deployment_id
    loop
        promotion_id := case
            when deployment.kind <> 'rollback' then deployment.deployment_id
            else (
                select p.deployment_id
                from model.deployments as p
                where p.model_id = deployment.model_id and p.kind <> 'rollback'
                -- A later one where a model was named that had not been champion by then.
                order by (p.deployment_id < promotion_id) desc, p.deployment_id desc
                limit 1)
        end;
    end loop;

    for place in 1..step_limit loop
        select place, p.replaced_model_id
        into step, model_id
        from model.deployments as p
        where p.deployment_id = promotion_id;
        exit when model_id is null;
        return next;

        promotion_id := (
            select max(p.deployment_id)
            from model.deployments as p
            where p.model_id = rollback_path.model_id
                and p.kind <> 'rollback'
                and p.deployment_id < promotion_id);
    end loop;
end
$function$;

comment on function model.rollback_path(integer) is
    'The models that one roll-back after the other would go to, up to a number of steps.';
revoke all on function model.rollback_path(integer) from public;
grant execute on function model.rollback_path(integer) to vitrine_job, vitrine_analyst;
