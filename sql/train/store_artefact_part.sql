-- Stores one part of the bytes of a model.
--
-- Writes  model.artefacts
-- Params  model_id, part_number, content
insert into model.artefacts (model_id, part_number, content)
values (:'model_id'::bigint, :'part_number'::integer, :'content'::bytea);
