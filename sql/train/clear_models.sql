-- Removes what an earlier attempt of this run at the step left.
--
-- Params  run_id
delete from model.models
where run_id = :'run_id'::bigint and kind = 'two_tower';
