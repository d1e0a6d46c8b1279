-- Removes what an earlier attempt of this run at the step left.
--
-- Params  run_id
-- Note    A decision that has been carried out is in model.deployments, which nothing is removed from.
delete from model.comparisons
where challenger_model_id in (
    select m.model_id from model.models as m where m.run_id = :'run_id'::bigint);

delete from model.decisions where run_id = :'run_id'::bigint;

delete from model.metrics
where model_id in (select m.model_id from model.models as m where m.run_id = :'run_id'::bigint);

delete from model.measurements
where model_id in (select m.model_id from model.models as m where m.run_id = :'run_id'::bigint);

delete from model.models
where run_id = :'run_id'::bigint and kind not in ('two_tower', 'ranker');
