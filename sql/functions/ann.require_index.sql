-- The index that a search is to read.
--
-- Grain   one value: the index itself, for null the current one; null where nothing is published yet
-- Reads   ann.indexes, serving.pointer
create or replace function ann.require_index(index_id bigint)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    found_index bigint := coalesce(require_index.index_id, ann.current_index());
begin
    if require_index.index_id is null then
        if found_index is null and exists (select from serving.pointer) then
            raise exception 'the current publication has no index'
                using errcode = 'undefined_object',
                hint = 'Put the step index into the job, or name an index of ann.indexes.';
        end if;
    elsif not exists (
        select from ann.indexes as i where i.index_id = found_index and i.status = 'ready')
    then
        raise exception 'there is no such index, or it has no lists'
            using errcode = 'undefined_object',
            hint = 'select index_id from ann.indexes where status = ''ready'' lists them.';
    end if;
    return found_index;
end
$function$;

comment on function ann.require_index(bigint) is
    'The index that a search is to read: the current one for null; an error for one that cannot be searched.';
revoke all on function ann.require_index(bigint) from public;
grant execute on function ann.require_index(bigint) to vitrine_job, vitrine_analyst;
