-- Items like an item, by an index.
--
-- Grain   one row per rank; none for an item without an embedding
-- Reads   ann.indexes, model.item_embeddings and what ann.search_lists reads
-- Note    By the cosine of embeddings without their last coordinate, the bias, as
--         serving.similar_items. Of any length, and of any item that passes the filter.
create or replace function ann.similar_items(
    item_id bigint,
    k integer default 10,
    probes integer default null,
    only_items bigint[] default null,
    except_items bigint[] default null,
    kinds text[] default null,
    tags text[] default null,
    index_id bigint default null)
returns table (
    rank integer,
    similar_item_id bigint,
    similarity double precision)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    row_limit integer := serving.check_k(k);
    searched_index bigint := ann.require_index(similar_items.index_id);
    content real[];
begin
    select e.embedding[1:greatest(cardinality(e.embedding) - 1, 1)] into content
    from ann.indexes as i
    inner join model.item_embeddings as e on e.space_id = i.space_id
    where i.index_id = searched_index and e.item_id = similar_items.item_id;
    if content is null then return; end if;
    return query
    select f.rank, f.item_id, f.score
    from ann.search_lists(
        searched_index, content, 'cosine', row_limit, similar_items.probes,
        null, similar_items.only_items,
        array_append(similar_items.except_items, similar_items.item_id),
        similar_items.kinds, similar_items.tags) as f
    order by f.rank;
end
$function$;

comment on function ann.similar_items(
    bigint, integer, integer, bigint[], bigint[], text[], text[], bigint) is
    'The k items most like an item that pass the filter, by the cosine of their embeddings.';
revoke all on function ann.similar_items(
    bigint, integer, integer, bigint[], bigint[], text[], text[], bigint) from public;
grant execute on function ann.similar_items(
    bigint, integer, integer, bigint[], bigint[], text[], text[], bigint)
    to vitrine_job, vitrine_analyst;
