-- The newest figures of the funnel, as one line.
--
-- Grain   one row
-- Reads   monitor.model_quality, model.models
select
    format(
        '%s %s %s %s %s %s',
        round((max(q.value) filter (where q.metric_name = 'recall'))::numeric, 4),
        round((max(q.value) filter (where q.metric_name = 'ndcg'))::numeric, 4),
        round((max(q.value) filter (where q.metric_name = 'coverage'))::numeric, 3),
        round((max(q.value) filter (where q.metric_name = 'gini'))::numeric, 3),
        round((max(q.value) filter (where q.metric_name = 'novelty'))::numeric, 2),
        round((max(q.value) filter (where q.metric_name = 'intra_list_diversity'))::numeric, 3)) as figures
from monitor.model_quality as q
where q.cohort = 'all'
    and q.model_id = (select max(m.model_id) from model.models as m where m.kind = 'funnel');
