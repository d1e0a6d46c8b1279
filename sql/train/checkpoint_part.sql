-- A part of the checkpoint of a training.
--
-- Grain   one row, or none
-- Reads   model.checkpoints
-- Params  run_id, purpose, training, part_number
select c.content
from model.checkpoints as c
where c.run_id = :'run_id'::bigint
    and c.purpose = :'purpose'::text
    and c.part_number = :'part_number'::integer
    and c.training = :'training'::jsonb;
