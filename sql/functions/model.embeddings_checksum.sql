-- Hash of the embeddings of a space: equal for equal content, in whatever order it was written.
--
-- Grain   one value
-- Reads   model.user_vectors, model.item_vectors
create or replace function model.embeddings_checksum(space bigint)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    select md5(
        coalesce((
            select sum(hash_record_extended(
                row(v.user_id, v.interest, v.components, v.code, v.scale), 0)::numeric)
            from model.user_vectors as v
            where v.space_id = space), 0)::text
        || '/' || coalesce((
            select sum(hash_record_extended(row(v.item_id, v.components, v.code, v.scale), 0)::numeric)
            from model.item_vectors as v
            where v.space_id = space), 0)::text);
$function$;

comment on function model.embeddings_checksum(bigint) is
    'Hash of the embeddings of a space: equal for equal content.';
revoke all on function model.embeddings_checksum(bigint) from public;
grant execute on function model.embeddings_checksum(bigint) to vitrine_job, vitrine_analyst;
