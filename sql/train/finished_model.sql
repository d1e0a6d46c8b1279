-- The model that an earlier attempt of this run trained to the end, if it is the one that is wanted.
--
-- Grain   one row, or none
-- Reads   model.models
-- Params  run_id, kind, purpose, configuration, data_hash, seed, code_version,
--         parent_model_id (negative: none)
-- Note    A parent whose towers are others was refused by the earlier attempt, and would be again.
select m.training
from model.models as m
where m.run_id = :'run_id'::bigint
    and m.kind = :'kind'::text
    and m.purpose = :'purpose'::text
    and m.configuration = :'configuration'::jsonb
    and m.data_hash = :'data_hash'::text
    and m.seed = :'seed'::bigint
    and m.code_version = :'code_version'::text
    and coalesce(m.parent_model_id, (m.training ->> 'refused_parent')::bigint, -1)
        = greatest(:'parent_model_id'::bigint, -1)
    and m.artefact_checksum is not null;
