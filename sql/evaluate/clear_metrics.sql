-- Removes what an earlier attempt of this run at the step left.
--
-- Params  run_id
-- Note    A decision that has been carried out is in model.deployments, which nothing is removed from.
delete from model.comparisons as c
using model.models as m
where m.run_id = :'run_id'::bigint
    and (c.model_id = m.model_id
        -- A two-tower of an earlier run, compared with baselines of this one.
        or c.other_model_id = m.model_id and m.kind in ('popularity', 'item_cosine', 'funnel', 'logistic'));

delete from model.decisions where run_id = :'run_id'::bigint;

delete from model.metrics
where model_id in (select m.model_id from model.models as m where m.run_id = :'run_id'::bigint);

delete from model.measurements
where model_id in (select m.model_id from model.models as m where m.run_id = :'run_id'::bigint);

delete from model.models
where run_id = :'run_id'::bigint and kind in ('popularity', 'item_cosine', 'funnel', 'logistic');
