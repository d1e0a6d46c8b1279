-- The items nearest to a query, by an index.
--
-- Grain   one row per rank; k rows, or as many as there are items that pass the filter
-- Reads   ann.indexes and what ann.search_lists reads
-- Note    shortlist: where codes are product-quantised, items a rank that are scored; null scores all.
--         A null filter lets every item pass; an empty only_items, kinds or tags lets none.
create or replace function ann.search(
    query real[],
    k integer default 10,
    probes integer default null,
    only_items bigint[] default null,
    except_items bigint[] default null,
    kinds text[] default null,
    tags text[] default null,
    index_id bigint default null,
    space_id bigint default null,
    shortlist integer default 4)
returns table (
    rank integer,
    item_id bigint,
    score double precision)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    row_limit integer := serving.check_k(k);
    searched_index bigint := ann.require_index(search.index_id);
    searched ann.indexes;
begin
    if searched_index is null then return; end if;
    select i.* into strict searched from ann.indexes as i where i.index_id = searched_index;
    if search.space_id <> searched.space_id then
        raise exception 'the query is of another space than the index'
            using errcode = 'invalid_parameter_value',
            hint = 'Embeddings of two models cannot be compared: take an index of the same space_id.';
    end if;
    perform ann.check_query(query, searched.dimension);
    return query
    select f.rank, f.item_id, f.score
    from ann.search_lists(
        searched_index, search.query, searched.similarity, row_limit, search.probes,
        search.shortlist, search.only_items, search.except_items, search.kinds, search.tags) as f
    order by f.rank;
end
$function$;

comment on function ann.search(
    real[], integer, integer, bigint[], bigint[], text[], text[], bigint, bigint, integer) is
    'The k items nearest to a query that pass the filter; k rows where k items pass.';
revoke all on function ann.search(
    real[], integer, integer, bigint[], bigint[], text[], text[], bigint, bigint, integer) from public;
grant execute on function ann.search(
    real[], integer, integer, bigint[], bigint[], text[], text[], bigint, bigint, integer)
    to vitrine_job, vitrine_analyst;
