-- The schema in which the extension pgvector stands.
--
-- Grain   one value; an error where it is not installed
create or replace function ann.require_pgvector()
returns name
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    found_schema name;
begin
    select n.nspname into found_schema
    from pg_extension as e
    inner join pg_namespace as n on n.oid = e.extnamespace
    where e.extname = 'vector';
    if found_schema is null then
        raise exception 'the extension vector (pgvector) is not installed in this database'
            using errcode = 'feature_not_supported',
            hint = 'An administrator runs: create extension vector. Or write pgvector: none in the job file.';
    end if;
    return found_schema;
end
$function$;

comment on function ann.require_pgvector() is
    'The schema in which the extension pgvector stands; an error where it is not installed.';
revoke all on function ann.require_pgvector() from public;
grant execute on function ann.require_pgvector() to vitrine_job, vitrine_analyst;
