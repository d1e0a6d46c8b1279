-- How well the run's models rank what was held out: the funnel, the two-tower and the baselines, by cohort.
--
-- Grain   one row per measure, kind of model and cohort; none where the run has measured no model
-- Reads   model.metrics, model.models
-- Writes  monitor.measures
-- Params  run_id
-- Note    Of a metric at several lengths of list, the longest. Of cohorts with a hundred users at least: the
--         mean of a handful is 0 on many nights. All users count however few they are.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select distinct on (q.metric_name, m.kind, q.cohort)
    :'run_id'::bigint, 'model', q.metric_name, m.kind || '/' || q.cohort, q.value, 'ratio'
from model.models as m
inner join model.metrics as q on q.model_id = m.model_id
where m.run_id = :'run_id'::bigint
    and m.purpose = 'evaluation'
    and m.kind in ('funnel', 'two_tower', 'popularity', 'item_cosine')
    and q.metric_name in ('recall', 'ndcg', 'hit_rate', 'mrr', 'map', 'coverage', 'gini')
    and (q.user_count >= 100 or q.cohort = 'all')
order by q.metric_name, m.kind, q.cohort, q.cutoff desc, q.measured_at desc;
