-- The publication that a function is to read.
--
-- Grain   one value: the publication itself, for null the current one
-- Reads   serving.publications, serving.pointer
create or replace function serving.require_publication(publication_id bigint)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    found_publication bigint := coalesce(
        require_publication.publication_id, (select p.publication_id from serving.pointer as p));
begin
    if found_publication is null then
        raise exception 'nothing is published yet'
            using errcode = 'no_data_found', hint = 'Run the job: vitrine run nightly.';
    end if;
    if not exists (
        select from serving.publications as p
        where p.publication_id = found_publication and p.status <> 'dropped')
    then
        raise exception 'there is no such publication, or it is no longer kept'
            using errcode = 'no_data_found',
            hint = 'serving.publications lists them; keep_publications in the job says how many are kept.';
    end if;
    return found_publication;
end
$function$;

comment on function serving.require_publication(bigint) is
    'The publication that a function is to read: the current one for null; an error for one that is not there.';
revoke all on function serving.require_publication(bigint) from public;
grant execute on function serving.require_publication(bigint) to vitrine_job, vitrine_analyst;
