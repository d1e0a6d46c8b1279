-- Removes what an earlier attempt of this run left of a model that is to be trained.
--
-- Writes  model.models
-- Params  run_id, purpose
delete from model.models
where run_id = :'run_id'::bigint and kind = 'two_tower' and purpose = :'purpose'::text;
