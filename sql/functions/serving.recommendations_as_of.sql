-- What was recommended to a user at a moment.
--
-- Grain   one row per rank; none before the first publication
-- Reads   serving.publications, serving.publication_at, serving.recommend_from
-- Note    A publication whose rows were removed by retention is an error, not an empty answer.
create or replace function serving.recommendations_as_of(
    user_id bigint, moment timestamptz, k integer default 10)
returns table (
    rank integer,
    item_id bigint,
    score double precision,
    source text,
    publication_id bigint)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    publication bigint := serving.publication_at(moment);
begin
    if exists (
        select from serving.publications as p
        where p.publication_id = publication and p.status = 'dropped')
    then
        raise exception 'the publication of that moment is no longer kept'
            using errcode = 'no_data_found',
            hint = 'Raise keep_publications in the job to keep more of the past.';
    end if;
    return query
    select f.rank, f.item_id, f.score, f.source, f.publication_id
    from serving.recommend_from(publication, recommendations_as_of.user_id, recommendations_as_of.k) as f
    order by f.rank;
end
$function$;

comment on function serving.recommendations_as_of(bigint, timestamptz, integer) is
    'What was recommended to a user at a moment.';
revoke all on function serving.recommendations_as_of(bigint, timestamptz, integer) from public;
grant execute on function serving.recommendations_as_of(bigint, timestamptz, integer)
    to vitrine_job, vitrine_analyst;
