-- Hash of what a publication recommends: equal for equal content, whenever and however often it was made.
--
-- Grain   one value
-- Reads   serving.recommendation_lists, serving.similar_item_lists, serving.fallbacks
-- Note    A sum of row hashes does not depend on the order of rows; identifiers of runs, models
--         and publications, and moments, stay out.
create or replace function serving.publication_checksum(publication bigint)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $function$
    select md5(
        coalesce((
            select sum(hashtextextended(
                l.user_id::text || l.item_ids::text || l.scores::text || l.source_ids::text, 0)::numeric)
            from serving.recommendation_lists as l
            where l.publication_id = publication), 0)::text
        || '/' || coalesce((
            select sum(hashtextextended(
                l.item_id::text || l.similar_item_ids::text || l.similarities::text, 0)::numeric)
            from serving.similar_item_lists as l
            where l.publication_id = publication), 0)::text
        || '/' || coalesce((
            select sum(hashtextextended(
                f.language || ',' || f.region || ',' || f.rank::text || ',' || f.item_id::text, 0)::numeric)
            from serving.fallbacks as f
            where f.publication_id = publication), 0)::text);
$function$;

comment on function serving.publication_checksum(bigint) is
    'Hash of what a publication recommends: equal for equal content.';
revoke all on function serving.publication_checksum(bigint) from public;
grant execute on function serving.publication_checksum(bigint) to vitrine_job, vitrine_analyst;
