-- Stores one part of the checkpoint of a training.
--
-- Writes  model.checkpoints
-- Params  run_id, purpose, part_number, training, content
insert into model.checkpoints (run_id, purpose, part_number, training, content)
values (
    :'run_id'::bigint,
    :'purpose'::text,
    :'part_number'::integer,
    :'training'::jsonb,
    :'content'::bytea);
