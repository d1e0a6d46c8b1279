-- The first k recommendations of a publication for a user.
--
-- Grain   one row per rank
-- Reads   serving.recommendations, serving.fallbacks
-- Note    The list of the user; where there is none, popular items, so that every user gets rows, known
--         or not, and every row says where it came from. A list is not made longer than it was
--         published: what follows it may be what the user has liked already. k = 0 gives no rows, null
--         counts as 10, a negative k is an error.
create or replace function serving.recommend_from(
    publication bigint, for_user bigint, k integer)
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
    row_limit integer := serving.check_k(k);
begin
    return query
    with

    listed as (
        select r.rank, r.item_id, r.score, r.source
        from serving.recommendations as r
        where r.user_id = for_user and r.publication_id = publication
    ),

    popular as (
        select
            row_number() over (order by f.rank)::integer as rank,
            f.item_id,
            0::double precision as score,
            'fallback' as source
        from serving.fallbacks as f
        where f.publication_id = publication
            and f.language = ''
            and f.region = ''
            and not exists (select from listed)
    ),

    together as (
        select l.rank, l.item_id, l.score, l.source from listed as l
        union all
        select u.rank, u.item_id, u.score, u.source from popular as u
    )

    select t.rank, t.item_id, t.score, t.source, publication
    from together as t
    where t.rank <= row_limit
    order by t.rank;
end
$function$;

comment on function serving.recommend_from(bigint, bigint, integer) is
    'The first k recommendations of a publication for a user: the list, or popular items where there is none.';
revoke all on function serving.recommend_from(bigint, bigint, integer) from public;
grant execute on function serving.recommend_from(bigint, bigint, integer) to vitrine_job, vitrine_analyst;
