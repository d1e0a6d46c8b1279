-- Makes the monthly partitions of source.interactions between two moments, both inclusive.
--
-- Grain   none; returns how many were made
create or replace function source.ensure_interaction_partitions(
    from_moment timestamptz, until_moment timestamptz)
returns integer
language sql
set search_path = pg_catalog, pg_temp
as $function$
    select ops.ensure_month_partitions(
        'source', 'interactions',
        (from_moment at time zone 'UTC')::date, (until_moment at time zone 'UTC')::date);
$function$;

comment on function source.ensure_interaction_partitions(timestamptz, timestamptz) is
    'Makes the monthly partitions of source.interactions between two moments, and says how many were made.';
revoke all on function source.ensure_interaction_partitions(timestamptz, timestamptz) from public;
grant execute on function source.ensure_interaction_partitions(timestamptz, timestamptz) to vitrine_job;
