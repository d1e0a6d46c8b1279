-- Refreshes the planner's statistics of a table.
--
-- Grain   none
-- Note    Runs as the owner, since jobs do not own their tables. A step that fills a table calls it
--         before it reads the table again: a plan made for an empty table takes minutes.
create or replace function ops.refresh_statistics(table_schema text, table_name text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
    if table_schema is null or table_name is null
        or table_schema not in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'ops')
    then
        raise exception 'schema is not one of the engine'
            using errcode = 'invalid_parameter_value';
    end if;
    execute format('analyze %I.%I', table_schema, table_name);
end
$function$;

comment on function ops.refresh_statistics(text, text) is 'Refreshes the planner''s statistics of a table.';
revoke all on function ops.refresh_statistics(text, text) from public;
grant execute on function ops.refresh_statistics(text, text) to vitrine_job;
