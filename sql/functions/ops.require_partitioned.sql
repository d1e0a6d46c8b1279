-- Refuses a table that is not one of the engine's own, partitioned as the caller expects.
--
-- Grain   none
-- Note    What the functions that run as the owner let themselves be told to work on.
create or replace function ops.require_partitioned(
    parent_schema text, parent_table text, allowed_schemas text[], partitioned_by text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
begin
    if not exists (
        select from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        inner join pg_partitioned_table as p on p.partrelid = c.oid
        where n.nspname = any (allowed_schemas)
            and n.nspname = parent_schema
            and c.relname = parent_table
            and p.partstrat = case partitioned_by when 'month' then 'r' when 'list' then 'l' end)
    then
        raise exception 'table %.% is not partitioned by %', parent_schema, parent_table, partitioned_by
            using errcode = 'invalid_parameter_value';
    end if;
end
$function$;

comment on function ops.require_partitioned(text, text, text[], text) is
    'Refuses a table that is not one of the engine''s own, partitioned by month or by list.';
revoke all on function ops.require_partitioned(text, text, text[], text) from public;
