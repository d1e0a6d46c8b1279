-- Makes the partition of a table for one publication, space or index, unless it is there.
--
-- Grain   none; returns whether it was made
-- Note    Runs as the owner, since jobs may not create tables.
create or replace function ops.ensure_list_partition(
    parent_schema text, parent_table text, list_value bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
    partition_name text := parent_table || '_' || list_value;
begin
    perform ops.require_partitioned(parent_schema, parent_table, array['model', 'ann', 'serving'], 'list');
    if list_value is null then
        raise exception 'a partition needs a publication, a space or an index'
            using errcode = 'invalid_parameter_value';
    end if;
    if to_regclass(format('%I.%I', parent_schema, partition_name)) is not null then
        return false;
    end if;
    -- One maker at a time: the second waits here and then finds it made. It looks into pg_class, as
    -- to_regclass would repeat what it remembers from before the wait.
    perform pg_advisory_xact_lock(hashtextextended(parent_schema || '.' || partition_name, 0));
    if exists (
        select from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = parent_schema and c.relname = partition_name)
    then
        return false;
    end if;
    -- Made apart and then attached: that does not lock out those who read the parent.
    execute format(
        'create table %I.%I (like %I.%I including all)',
        parent_schema, partition_name, parent_schema, parent_table);
    execute format(
        'alter table %I.%I attach partition %I.%I for values in (%L)',
        parent_schema, parent_table, parent_schema, partition_name, list_value);
    return true;
end
$function$;

comment on function ops.ensure_list_partition(text, text, bigint) is
    'Makes the partition of a table for one publication, space or index, and says whether it had to.';
revoke all on function ops.ensure_list_partition(text, text, bigint) from public;
grant execute on function ops.ensure_list_partition(text, text, bigint) to vitrine_job;
