-- Drops the table of an index that is made for the extension pgvector, where there is one.
--
-- Grain   none; returns whether there was one
-- Note    Runs as the owner, since jobs may not drop tables. Nothing but ann.search_pgvector reads it.
create or replace function ann.drop_mirror(from_index bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
    if to_regclass(format('ann.%I', 'vectors_' || from_index)) is null then
        return false;
    end if;
    execute format('drop table ann.%I', 'vectors_' || from_index);
    return true;
end
$function$;

comment on function ann.drop_mirror(bigint) is
    'Drops the table of an index that is made for the extension pgvector, and says whether there was one.';
revoke all on function ann.drop_mirror(bigint) from public;
grant execute on function ann.drop_mirror(bigint) to vitrine_job;
