-- Lets go of checkpoints that nobody has gone on from for a week.
--
-- Writes  model.checkpoints
-- Params  run_id   the run that is under way keeps its own
delete from model.checkpoints
where run_id <> :'run_id'::bigint and saved_at < clock_timestamp() - interval '7 days';
