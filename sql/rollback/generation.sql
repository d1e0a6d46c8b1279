-- The newest publication that is kept of those made with a model.
--
-- Grain   one row, or none
-- Reads   serving.publications, ann.indexes, model.models, model.artefacts, serving.publication_checksum,
--         ann.index_checksum, model.embeddings_checksum
-- Params  model_id
-- Output  checksum             as recorded when it was published
--         current_checksum     of the rows as they are now
--         is_index_kept        false where its index was let go of, or is no longer as it was
--         are_embeddings_kept  whether the embeddings of the model are those that it was made from
--         are_artefacts_whole  whether the bytes of the model are those that were trained
-- Note    Of a model's publications the newest alone is a whole generation: embeddings of the model are
--         those that it was made from.
select
    p.publication_id,
    p.as_of_date,
    coalesce(p.checksum, '') as checksum,
    serving.publication_checksum(p.publication_id) as current_checksum,
    not exists (
        select from ann.indexes as i
        where i.publication_id = p.publication_id and i.status = 'dropped')
        -- Null for what has none, and for what was published before they were kept.
        and (p.index_checksum is null
            or p.index_checksum is not distinct from ann.index_checksum(p.publication_id))
        as is_index_kept,
    p.embeddings_checksum is null or p.embeddings_checksum = model.embeddings_checksum(p.model_id)
        as are_embeddings_kept,
    coalesce((
        -- As train/record_artefact_checksum made it.
        select encode(sha256(string_agg(sha256(a.content), ''::bytea order by a.part_number)), 'hex')
            = m.artefact_checksum
        from model.artefacts as a
        where a.model_id = m.model_id), false) as are_artefacts_whole
from serving.publications as p
inner join model.models as m on m.model_id = p.model_id
where p.model_id = :'model_id'::bigint and p.status = 'published'
order by p.published_at desc, p.publication_id desc
limit 1;
