-- Records the checksum of the bytes of a model.
--
-- Reads   model.artefacts
-- Writes  model.models
-- Params  model_id
-- Note    One part after the other would need a running hash; the hash of the hashes of the parts
--         serves the same end and needs one pass.
update model.models
set artefact_checksum = (
    select encode(sha256(string_agg(sha256(a.content), ''::bytea order by a.part_number)), 'hex')
    from model.artefacts as a
    where a.model_id = :'model_id'::bigint)
where model_id = :'model_id'::bigint;
