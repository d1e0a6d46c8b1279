-- The items nearest to a query, by the index of the extension pgvector.
--
-- Grain   one row per rank; up to k rows, as many as that index finds
-- Reads   ann.indexes, ann.vectors_…
-- Note    Scores are pgvector's, in single precision. How far it looks is the extension's to set:
--         hnsw.ef_search and ivfflat.probes. ann.search needs nothing of this.
create or replace function ann.search_pgvector(
    query real[],
    k integer default 10,
    index_id bigint default null)
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
    searched_index bigint := ann.require_index(search_pgvector.index_id);
    vector_schema name;
    searched ann.indexes;
    nearness text;
begin
    if searched_index is null then return; end if;
    vector_schema := ann.require_pgvector();
    select i.* into strict searched from ann.indexes as i where i.index_id = searched_index;
    perform ann.check_query(query, searched.dimension);
    if to_regclass(format('ann.%I', 'vectors_' || searched_index)) is null then
        raise exception 'the index has no table for pgvector'
            using errcode = 'undefined_object',
            hint = 'Write pgvector: hnsw under index in the job file; the next run makes one.';
    end if;
    nearness := format(
        'v.embedding operator(%I.%s) $1::%I.vector', vector_schema,
        case searched.similarity when 'inner_product' then '<#>' when 'cosine' then '<=>' else '<->' end,
        vector_schema);
    return query execute format(
        'select row_number() over (order by n.distance, n.item_id)::integer, n.item_id, %s
        from (
            select v.item_id, %s as distance
            from ann.%I as v
            order by %s
            limit $2
        ) as n
        order by n.distance, n.item_id',
        case searched.similarity
            when 'inner_product' then '-n.distance'
            when 'cosine' then '1 - n.distance'
            else '-n.distance * n.distance'
        end,
        nearness, 'vectors_' || searched_index, nearness)
    using query, row_limit;
end
$function$;

comment on function ann.search_pgvector(real[], integer, bigint) is
    'The k items nearest to a query, by the index of the extension pgvector that the job was told to keep.';
revoke all on function ann.search_pgvector(real[], integer, bigint) from public;
grant execute on function ann.search_pgvector(real[], integer, bigint) to vitrine_job, vitrine_analyst;
