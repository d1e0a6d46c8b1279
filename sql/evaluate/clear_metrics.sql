-- Removes what an earlier attempt of this run at the step left.
--
-- Params  run_id
delete from model.metrics
where model_id in (select m.model_id from model.models as m where m.run_id = :'run_id'::bigint);

delete from model.models
where run_id = :'run_id'::bigint and kind <> 'two_tower';
