-- The moment through which the features were closed: what arrives later is known from here on.
--
-- Grain   one value; null before the first run
-- Reads   ops.watermarks
create or replace function source.closed_through()
returns timestamptz
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    select w.closed_through
    from ops.watermarks as w
    where w.watermark_name = 'features';
$function$;

comment on function source.closed_through() is
    'The moment through which the features were closed; null before the first run.';
revoke all on function source.closed_through() from public;
grant execute on function source.closed_through() to vitrine_job, vitrine_analyst;
