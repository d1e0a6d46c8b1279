-- The best k items of an index that pass a filter: what ann.search and ann.similar_items share.
--
-- Grain   one row per rank
-- Reads   ann.indexes, ann.lists, ann.list_entries, model.item_embeddings, source.items
-- Note    Reads lists in order of their centroids' similarity to the query: as many as asked for, and
--         then, while fewer than k items have passed the filter, as many again each time until all are
--         read. Whatever is filtered, there are k rows where k items pass.
--         A query that is shorter than the embeddings is compared with their first components.
--         Scores are of the embeddings, added up in double precision; equal ones rank by item_id.
create or replace function ann.search_lists(
    from_index bigint,
    query real[],
    compared_by text,
    k integer,
    probes integer,
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
as $function$
declare
    searched ann.indexes;
    width integer := cardinality(query);
    query_square double precision;
    list_order integer[];
    first_list integer := 1;
    last_list integer;
    found_items bigint[] := '{}';
    found_scores double precision[] := '{}';
begin
    select i.* into strict searched from ann.indexes as i where i.index_id = from_index;
    if probes < 1 then
        raise exception 'probes must be positive'
            using errcode = 'invalid_parameter_value',
            hint = 'Leave it out to read as many lists as the index was measured to need.';
    end if;
    last_list := coalesce(probes, searched.probes);
    select sum(q.component::double precision * q.component) into query_square
    from unnest(query) as q (component);

    list_order := array(
        select l.list_number
        from ann.lists as l
        cross join lateral (
            select
                sum(c.component::double precision * c.asked) as product,
                sum(c.component::double precision * c.component)
                    filter (where compared_by <> 'inner_product') as square
            from unnest(l.centroid[1:width], query) as c (component, asked)
        ) as s
        where l.index_id = from_index
        order by
            case compared_by
                when 'inner_product' then s.product
                when 'cosine' then coalesce(s.product / nullif(sqrt(s.square * query_square), 0), 0)
                else 2 * s.product - s.square
            end desc,
            l.list_number);

    while k > 0 and first_list <= cardinality(list_order) loop
        with

        candidates as (
            select i.item_id, i.embedding
            from ann.list_entries as e
            cross join lateral unnest(e.item_ids) as c (item_id)
            inner join model.item_embeddings as i
                on i.item_id = c.item_id and i.space_id = searched.space_id
            where e.index_id = from_index
                and e.list_number = any (list_order[first_list:last_list])
                and (only_items is null
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
        ),

        scored as (
            select
                c.item_id,
                case compared_by
                    when 'inner_product' then s.product
                    when 'cosine' then coalesce(s.product / nullif(sqrt(s.square * query_square), 0), 0)
                    else 2 * s.product - s.square - query_square
                end as score
            from candidates as c
            cross join lateral (
                select
                    sum(e.component::double precision * e.asked) as product,
                    sum(e.component::double precision * e.component)
                        filter (where compared_by <> 'inner_product') as square
                from unnest(c.embedding[1:width], query) as e (component, asked)
            ) as s
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
    end loop;

    return query
    select f.place::integer, f.item_id, f.score
    from unnest(found_items, found_scores) with ordinality as f (item_id, score, place)
    order by f.place;
end
$function$;

comment on function ann.search_lists(
    bigint, real[], text, integer, integer, bigint[], bigint[], text[], text[]) is
    'The best k items of an index that pass a filter: what ann.search and ann.similar_items share.';
revoke all on function ann.search_lists(
    bigint, real[], text, integer, integer, bigint[], bigint[], text[], text[]) from public;
grant execute on function ann.search_lists(
    bigint, real[], text, integer, integer, bigint[], bigint[], text[], text[])
    to vitrine_job, vitrine_analyst;
