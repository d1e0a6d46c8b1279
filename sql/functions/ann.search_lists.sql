-- The best k items of an index that pass a filter: what ann.search and ann.similar_items share.
--
-- Grain   one row per rank
-- Reads   ann.indexes, ann.lists, ann.list_entries, ann.code_table, model.item_embeddings, source.items
-- Note    Reads lists in order of their centroids' similarity to the query: as many as asked for, and
--         then, while fewer than k items have passed the filter, as many again each time until all are
--         read. Whatever is filtered, there are k rows where k items pass.
--         A query that is shorter than the embeddings is compared with their first components.
--         Product-quantised codes choose `shortlist` items a rank, which are then scored; other codes
--         take longer to read than embeddings, and all items are scored.
--         Scores are of the embeddings, added up in double precision; equal ones rank by item_id.
create or replace function ann.search_lists(
    from_index bigint,
    query real[],
    compared_by text,
    k integer,
    probes integer,
    shortlist integer,
    only_items bigint[],
    except_items bigint[],
    kinds text[],
    tags text[])
returns table (
    rank integer,
    item_id bigint,
    score double precision)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
-- To compile a statement, or to remember what a vector gave, takes longer than to run it.
set jit = off
set enable_memoize = off
as $function$
declare
    searched ann.indexes;
    asked double precision[] := query;
    width integer := cardinality(query);
    query_square double precision;
    list_order integer[];
    list_scores double precision[];
    first_list integer := 1;
    last_list integer;
    by_codes boolean;
    code_table double precision[];
    code_size integer;
    chosen bigint[];
    was_cut boolean := false;
    found_items bigint[] := '{}';
    found_scores double precision[] := '{}';
begin
    select i.* into strict searched from ann.indexes as i where i.index_id = from_index;
    if probes < 1 then
        raise exception 'probes must be positive'
            using errcode = 'invalid_parameter_value',
            hint = 'Leave it out to read as many lists as the index was measured to need.';
    end if;
    if shortlist < 1 then
        raise exception 'shortlist must be positive'
            using errcode = 'invalid_parameter_value',
            hint = 'Give null to score every item of the lists.';
    end if;
    last_list := coalesce(probes, searched.probes);
    by_codes := searched.code = 'product_quantised' and compared_by = 'inner_product'
        and shortlist is not null and k > 0;
    if by_codes then
        code_table := ann.code_table(from_index, asked);
        code_size := cardinality(code_table) / 256;
    end if;
    select s.square into query_square from ann.squared_length(query, width) as s;

    select
        array_agg(l.list_number order by l.score desc, l.list_number),
        array_agg(l.score order by l.score desc, l.list_number)
    into list_order, list_scores
    from (
        select
            l.list_number,
            case compared_by
                when 'inner_product' then p.product
                when 'cosine' then coalesce(p.product / nullif(sqrt(query_square * (
                    select s.square from ann.squared_length(l.centroid, width) as s)), 0), 0)
                else 2 * p.product - (
                    select s.square from ann.squared_length(l.centroid, width) as s)
            end as score
        from ann.lists as l
        cross join lateral ann.inner_product(l.centroid, asked) as p
        where l.index_id = from_index
    ) as l;

    while k > 0 and first_list <= cardinality(list_order) loop
        chosen := array(
            select c.item_id
            from (
                -- Added to nothing, codes are read once a chunk and not once a byte.
                select l.score, e.item_ids, case when by_codes then e.codes || '' end as codes
                from unnest(
                    list_order[first_list:last_list], list_scores[first_list:last_list])
                    as l (list_number, score)
                inner join ann.list_entries as e
                    on e.index_id = from_index and e.list_number = l.list_number
                offset 0
            ) as e
            cross join lateral unnest(e.item_ids) with ordinality as c (item_id, place)
            where (only_items is null
                    or c.item_id in (select o.item_id from unnest(only_items) as o (item_id)))
                and (except_items is null
                    or (c.item_id in (select o.item_id from unnest(except_items) as o (item_id)))
                        is not true)
                and ((search_lists.kinds is null and search_lists.tags is null)
                    or exists (
                        select from source.items as v
                        where v.item_id = c.item_id
                            and (search_lists.kinds is null or v.kind = any (search_lists.kinds))
                            and (search_lists.tags is null or v.tags && search_lists.tags)))
            order by
                case when by_codes then e.score + (
                    select sum(code_table[
                        256 * b.place + get_byte(
                            e.codes, (c.place::integer - 1) * code_size + b.place) + 1])
                    from generate_series(0, code_size - 1) as b (place))
                end desc,
                c.item_id
            limit case when by_codes then k::bigint * shortlist end);
        was_cut := was_cut or by_codes and cardinality(chosen) >= k::bigint * shortlist;

        with

        candidates as (
            select i.item_id, i.embedding
            from unnest(chosen) as c (item_id)
            inner join model.item_embeddings as i
                on i.item_id = c.item_id and i.space_id = searched.space_id
            -- An embedding is read once, however often its components are named.
            offset 0
        ),

        scored as (
            select
                c.item_id,
                case compared_by
                    when 'inner_product' then p.product
                    when 'cosine' then coalesce(p.product / nullif(sqrt(query_square * (
                        select s.square from ann.squared_length(c.embedding, width) as s)), 0), 0)
                    else 2 * p.product - query_square - (
                        select s.square from ann.squared_length(c.embedding, width) as s)
                end as score
            from candidates as c
            cross join lateral ann.inner_product(c.embedding, asked) as p
        ),

        best as (
            select t.item_id, t.score
            from (
                select s.item_id, s.score from scored as s
                union all
                select f.item_id, f.score from unnest(found_items, found_scores) as f (item_id, score)
            ) as t
            order by t.score desc, t.item_id
            limit k
        )

        select
            coalesce(array_agg(b.item_id order by b.score desc, b.item_id), '{}'),
            coalesce(array_agg(b.score order by b.score desc, b.item_id), '{}')
        into found_items, found_scores
        from best as b;

        exit when cardinality(found_items) >= k;
        first_list := last_list + 1;
        last_list := least(last_list::bigint * 2, cardinality(list_order));
        if was_cut and first_list > cardinality(list_order) then
            -- What the codes chose is not embedded any more: every item has its turn.
            was_cut := false;
            by_codes := false;
            first_list := 1;
            found_items := '{}';
            found_scores := '{}';
        end if;
    end loop;

    return query
    select f.place::integer, f.item_id, f.score
    from unnest(found_items, found_scores) with ordinality as f (item_id, score, place)
    order by f.place;
end
$function$;

comment on function ann.search_lists(
    bigint, real[], text, integer, integer, integer, bigint[], bigint[], text[], text[]) is
    'The best k items of an index that pass a filter: what ann.search and ann.similar_items share.';
revoke all on function ann.search_lists(
    bigint, real[], text, integer, integer, integer, bigint[], bigint[], text[], text[]) from public;
grant execute on function ann.search_lists(
    bigint, real[], text, integer, integer, integer, bigint[], bigint[], text[], text[])
    to vitrine_job, vitrine_analyst;
