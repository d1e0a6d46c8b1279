-- Items like an item, from the current publication.
--
-- Grain   one row per rank; none for an unknown item
-- Reads   serving.pointer, serving.similar_item_lists
create or replace function serving.similar_items(item_id bigint, k integer default 10)
returns table (
    rank integer,
    similar_item_id bigint,
    similarity real,
    publication_id bigint)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    row_limit integer := serving.check_k(k);
begin
    return query
    select s.rank::integer, s.similar_item_id, s.similarity, l.publication_id
    from serving.similar_item_lists as l
    cross join lateral unnest(l.similar_item_ids, l.similarities)
        with ordinality as s (similar_item_id, similarity, rank)
    where l.item_id = similar_items.item_id
        and l.publication_id = (select p.publication_id from serving.pointer as p)
        and s.rank <= row_limit
    order by s.rank;
end
$function$;

comment on function serving.similar_items(bigint, integer) is
    'Items like an item, most similar first, by the cosine of their embeddings.';
revoke all on function serving.similar_items(bigint, integer) from public;
grant execute on function serving.similar_items(bigint, integer) to vitrine_job, vitrine_analyst;
