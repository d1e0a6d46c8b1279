-- The index of the current publication.
--
-- Grain   one value; null where nothing is published, or the publication has no index
-- Reads   serving.pointer, ann.indexes
create or replace function ann.current_index()
returns bigint
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    select i.index_id
    from serving.pointer as p
    inner join ann.indexes as i on i.publication_id = p.publication_id and i.status = 'ready';
$function$;

comment on function ann.current_index() is
    'The index of the current publication; null where there is none.';
revoke all on function ann.current_index() from public;
grant execute on function ann.current_index() to vitrine_job, vitrine_analyst;
