-- The statements of this database on which most time was spent since statistics were last reset.
--
-- Grain   one row per statement; none where pg_stat_statements is not installed, loaded or readable
-- Reads   the system catalogue
-- Params  row_limit   how many
-- Note    The extension may lie in any schema, and need not be there: its view is found by name. Without
--         the right to see others' statements, those of the caller alone are shown.
create or replace function monitor.slow_statements(row_limit integer)
returns table (statement_key text, call_count bigint, total_seconds double precision, mean_seconds double precision)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    extension_schema name;
begin
    select n.nspname into extension_schema
    from pg_catalog.pg_extension as e
    inner join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements';
    if extension_schema is null then
        return;
    end if;
    return query execute format(
        'select s.queryid::text, sum(s.calls)::bigint, sum(s.total_exec_time) / 1000,
            sum(s.total_exec_time) / 1000 / nullif(sum(s.calls), 0)
        from %I.pg_stat_statements as s
        inner join pg_catalog.pg_database as d on d.oid = s.dbid and d.datname = current_database()
        where s.queryid is not null and s.calls > 0
        group by s.queryid
        order by sum(s.total_exec_time) desc, s.queryid
        limit $1', extension_schema)
    using row_limit;
exception
    -- Installed, but without its library in the server, out of reach, or of an older version: a report on
    -- slow statements is not worth a failed run.
    when object_not_in_prerequisite_state or insufficient_privilege or undefined_column then
        return;
end
$function$;

comment on function monitor.slow_statements(integer) is 'The statements of this database on which most time was spent; none where pg_stat_statements is not installed.';
revoke all on function monitor.slow_statements(integer) from public;
grant execute on function monitor.slow_statements(integer) to vitrine_job;
