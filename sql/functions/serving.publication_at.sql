-- The publication that was current at a moment.
--
-- Grain   one value; null where nothing was published yet
-- Reads   serving.flips
create or replace function serving.publication_at(moment timestamptz)
returns bigint
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    select f.publication_id
    from serving.flips as f
    where f.flipped_at <= moment
    order by f.flipped_at desc, f.flip_id desc
    limit 1;
$function$;

comment on function serving.publication_at(timestamptz) is
    'The publication that was current at a moment; null where nothing was published yet.';
revoke all on function serving.publication_at(timestamptz) from public;
grant execute on function serving.publication_at(timestamptz) to vitrine_job, vitrine_analyst;
