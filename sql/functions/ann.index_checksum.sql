-- Hash of the index of a publication: its lists, entries and codebooks; null where it has none that is kept.
--
-- Grain   one value
-- Reads   ann.indexes, ann.lists, ann.list_entries, ann.codebooks
create or replace function ann.index_checksum(publication bigint)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    select md5(
        coalesce((
            select sum(hash_record_extended(row(l.list_number, l.item_count, l.centroid), 0)::numeric)
            from ann.lists as l
            where l.index_id = i.index_id), 0)::text
        || '/' || coalesce((
            select sum(hash_record_extended(
                row(e.list_number, e.chunk_number, e.item_ids, e.codes), 0)::numeric)
            from ann.list_entries as e
            where e.index_id = i.index_id), 0)::text
        || '/' || coalesce((
            select sum(hash_record_extended(
                row(c.codebook_name, c.part_number, c.components), 0)::numeric)
            from ann.codebooks as c
            where c.index_id = i.index_id), 0)::text)
    from ann.indexes as i
    where i.publication_id = publication and i.status = 'ready';
$function$;

comment on function ann.index_checksum(bigint) is
    'Hash of the index of a publication: its lists, entries and codebooks.';
revoke all on function ann.index_checksum(bigint) from public;
grant execute on function ann.index_checksum(bigint) to vitrine_job, vitrine_analyst;
