-- Records a model.
--
-- Grain   one row: its identifier
-- Writes  model.models
-- Params  run_id, kind, purpose, as_of_date, configuration, data_hash, seed, code_version,
--         profile_attributes, parent_model_id, base_model_id, dimension (negative: none),
--         artefact_bytes (negative: none), training
insert into model.models
    (run_id, kind, purpose, as_of_date, configuration, data_hash, seed, code_version,
     profile_attributes, parent_model_id, base_model_id, dimension, artefact_bytes, training)
values (
    :'run_id'::bigint,
    :'kind'::text,
    :'purpose'::text,
    :'as_of_date'::date,
    :'configuration'::jsonb,
    :'data_hash'::text,
    :'seed'::bigint,
    :'code_version'::text,
    :'profile_attributes'::text[],
    case when :'parent_model_id'::bigint >= 0 then :'parent_model_id'::bigint end,
    case when :'base_model_id'::bigint >= 0 then :'base_model_id'::bigint end,
    case when :'dimension'::integer >= 0 then :'dimension'::integer end,
    case when :'artefact_bytes'::bigint >= 0 then :'artefact_bytes'::bigint end,
    :'training'::jsonb)
returning model_id;
