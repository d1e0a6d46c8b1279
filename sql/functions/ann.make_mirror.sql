-- Makes the table ann.vectors_… of an index: its embeddings as pgvector's type, with an index of pgvector.
--
-- Grain   none; returns the rows written
-- Reads   ann.indexes, ann.list_entries, model.item_embeddings
-- Note    Runs as the owner, since jobs may not create tables. Items are compared as in the index.
--         As many lists as the manual of pgvector starts from: rows / 1000, √rows above a million.
create or replace function ann.make_mirror(from_index bigint, method text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
    vector_schema name := ann.require_pgvector();
    mirrored ann.indexes;
    mirror_name text := 'vectors_' || from_index;
    written bigint;
begin
    if method is null or method not in ('hnsw', 'ivfflat') then
        raise exception 'pgvector has no such index'
            using errcode = 'invalid_parameter_value', hint = 'Give hnsw or ivfflat.';
    end if;
    select i.* into mirrored from ann.indexes as i
    where i.index_id = from_index and i.status = 'ready';
    if not found then
        raise exception 'there is no such index, or it has no lists'
            using errcode = 'undefined_object',
            hint = 'select index_id from ann.indexes where status = ''ready'' lists them.';
    end if;
    perform ann.drop_mirror(from_index);
    execute format(
        'create table ann.%I (item_id bigint not null, embedding %I.vector(%s) not null)',
        mirror_name, vector_schema, greatest(mirrored.dimension, 1));
    execute format(
        'insert into ann.%I (item_id, embedding)
        select i.item_id, i.embedding::%I.vector
        from ann.list_entries as e
        cross join lateral unnest(e.item_ids) as c (item_id)
        inner join model.item_embeddings as i on i.item_id = c.item_id and i.space_id = $2
        where e.index_id = $1',
        mirror_name, vector_schema)
    using from_index, mirrored.space_id;
    get diagnostics written = row_count;
    execute format(
        'alter table ann.%I add constraint %I primary key (item_id)',
        mirror_name, mirror_name || '_has_a_key');
    execute format(
        'create index %I on ann.%I using %s (embedding %I.%I) %s',
        mirror_name || '_by_embedding', mirror_name, method, vector_schema,
        case mirrored.similarity
            when 'inner_product' then 'vector_ip_ops'
            when 'cosine' then 'vector_cosine_ops'
            else 'vector_l2_ops'
        end,
        case method
            when 'ivfflat' then format('with (lists = %s)', case
                when mirrored.item_count > 1000000 then sqrt(mirrored.item_count)::integer
                else greatest(mirrored.item_count / 1000, 1)
            end)
        end);
    execute format(
        'comment on table ann.%I is %L', mirror_name,
        'The embeddings of index ' || from_index || ' for the extension pgvector, compared by '
            || mirrored.similarity || '; dropped with it.');
    execute format('analyze ann.%I', mirror_name);
    return written;
end
$function$;

comment on function ann.make_mirror(bigint, text) is
    'Makes a table of the embeddings of an index with an index of the extension pgvector: hnsw or ivfflat.';
revoke all on function ann.make_mirror(bigint, text) from public;
grant execute on function ann.make_mirror(bigint, text) to vitrine_job;
