-- Makes the monthly partitions of a table between two dates, both inclusive.
--
-- Grain   none; returns how many were made
-- Note    Runs as the owner, since jobs may not create tables; only tables of this engine that
--         are partitioned by range can be named.
create or replace function ops.ensure_month_partitions(
    parent_schema text, parent_table text, from_date date, until_date date)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
    month_start date;
    partition_name text;
    made integer := 0;
    -- Bounds of moments are spelt out in UTC, whatever the session's time zone.
    midnight text := case when parent_table = 'interactions' then ' 00:00:00+00' else '' end;
begin
    perform ops.require_partitioned(parent_schema, parent_table, array['source', 'feature'], 'month');
    -- Tried one after the other: the difference of infinite dates is an error of its own.
    if coalesce(
        case
            when not isfinite(from_date) or not isfinite(until_date) then true
            else until_date < from_date or until_date - from_date > 36600
        end, true)
    then
        raise exception 'range of dates for partitions is empty or longer than a century'
            using errcode = 'invalid_parameter_value';
    end if;
    month_start := date_trunc('month', from_date::timestamp)::date;
    while month_start <= until_date loop
        partition_name := parent_table || '_' || to_char(month_start, 'YYYY_MM');
        if to_regclass(format('%I.%I', parent_schema, partition_name)) is null then
            -- One maker at a time: the second waits here and then finds it made. It looks into
            -- pg_class, as to_regclass would repeat what it remembers from before the wait.
            perform pg_advisory_xact_lock(hashtextextended(parent_schema || '.' || partition_name, 0));
            if not exists (
                select from pg_class as c
                inner join pg_namespace as n on n.oid = c.relnamespace
                where n.nspname = parent_schema and c.relname = partition_name)
            then
                -- Made apart and then attached: that does not lock out those who read the parent.
                execute format(
                    'create table %I.%I (like %I.%I including all)',
                    parent_schema, partition_name, parent_schema, parent_table);
                execute format(
                    'alter table %I.%I attach partition %I.%I for values from (%L) to (%L)',
                    parent_schema, parent_table, parent_schema, partition_name,
                    to_char(month_start, 'YYYY-MM-DD') || midnight,
                    to_char(month_start + interval '1 month', 'YYYY-MM-DD') || midnight);
                made := made + 1;
            end if;
        end if;
        month_start := (month_start + interval '1 month')::date;
    end loop;
    return made;
end
$function$;

comment on function ops.ensure_month_partitions(text, text, date, date) is
    'Makes the monthly partitions of a table between two dates, both inclusive, and says how many were made.';
revoke all on function ops.ensure_month_partitions(text, text, date, date) from public;
grant execute on function ops.ensure_month_partitions(text, text, date, date) to vitrine_job;
