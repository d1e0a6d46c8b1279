-- The four roles, and what the migrating user needs to act as their owner.
--
-- Grain   none: creates roles that are missing, changes nothing that is there
-- Note    Roles belong to the whole server. A user who may not create roles asks an administrator
--         to run this file in the database once, and to grant vitrine_owner and vitrine_job to that
--         user; everything after it works without the right to create roles.
do $roles$
declare
    role_name text;
begin
    foreach role_name in array
        array['vitrine_owner', 'vitrine_job', 'vitrine_analyst', 'vitrine_dashboard']
    loop
        if not exists (select from pg_catalog.pg_roles as r where r.rolname = role_name) then
            begin
                execute format('create role %I nologin', role_name);
            exception
                -- Two databases of one server may be migrated at the same moment.
                when duplicate_object or unique_violation then null;
            end;
        end if;
    end loop;
    if not pg_has_role(current_user, 'vitrine_owner', 'member') then
        execute format('grant vitrine_owner to %I', current_user);
    end if;
    if not pg_has_role(current_user, 'vitrine_job', 'member') then
        execute format('grant vitrine_job to %I', current_user);
    end if;
    if not has_database_privilege('vitrine_owner', current_database(), 'create') then
        execute format('grant create on database %I to vitrine_owner', current_database());
    end if;
end
$roles$;
