-- Removes the checkpoint of a training.
--
-- Writes  model.checkpoints
-- Params  run_id, purpose
delete from model.checkpoints
where run_id = :'run_id'::bigint and purpose = :'purpose'::text;
