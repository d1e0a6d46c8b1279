-- Drops the partition of a table for one publication, space or index, where it is there.
--
-- Grain   none; returns whether there was one
-- Reads   serving.pointer, serving.publications, ann.indexes
-- Note    Runs as the owner, since jobs may not drop tables. The current publication is refused.
create or replace function ops.drop_list_partition(
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
    if exists (
        select from serving.pointer as p
        inner join serving.publications as c on c.publication_id = p.publication_id
        where (parent_schema = 'serving' and c.publication_id = list_value)
            or (parent_schema = 'model' and c.model_id = list_value)
            or (parent_schema = 'ann' and exists (
                select from ann.indexes as i
                where i.publication_id = c.publication_id and i.index_id = list_value)))
    then
        raise exception 'partition %.% belongs to the current publication', parent_schema, partition_name
            using errcode = 'object_in_use';
    end if;
    if to_regclass(format('%I.%I', parent_schema, partition_name)) is null then
        return false;
    end if;
    execute format('drop table %I.%I', parent_schema, partition_name);
    return true;
end
$function$;

comment on function ops.drop_list_partition(text, text, bigint) is
    'Drops the partition of a table for one publication, space or index, and says whether there was one.';
revoke all on function ops.drop_list_partition(text, text, bigint) from public;
grant execute on function ops.drop_list_partition(text, text, bigint) to vitrine_job;
