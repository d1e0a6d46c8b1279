-- What is recommended to a user now.
--
-- Grain   one row per rank
-- Reads   serving.pointer, serving.recommend_from
create or replace function serving.recommend(user_id bigint, k integer default 10)
returns table (
    rank integer,
    item_id bigint,
    score double precision,
    source text,
    publication_id bigint)
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    select f.rank, f.item_id, f.score, f.source, f.publication_id
    from serving.recommend_from(
        (select p.publication_id from serving.pointer as p), recommend.user_id, recommend.k) as f
    order by f.rank;
$function$;

comment on function serving.recommend(bigint, integer) is
    'What is recommended to a user now: k rows, or as many as were published; an unknown user gets popular items.';
revoke all on function serving.recommend(bigint, integer) from public;
grant execute on function serving.recommend(bigint, integer) to vitrine_job, vitrine_analyst;
