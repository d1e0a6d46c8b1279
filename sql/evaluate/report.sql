-- What a run measured over all users: the baselines it made, and the model.
--
-- Grain   one row per measure and kind of model, the model first
-- Reads   monitor.model_quality
-- Params  run_id, protocol
--         model_id       the model, whichever run trained it
select
    q.kind,
    q.metric_name,
    q.cutoff,
    q.value,
    q.lower_bound,
    q.upper_bound,
    q.user_count
from monitor.model_quality as q
where (q.run_id = :'run_id'::bigint and q.kind <> 'two_tower' or q.model_id = :'model_id'::bigint)
    and q.protocol = :'protocol'::text
    and q.cohort = 'all'
order by
    (q.kind = 'two_tower') desc, q.kind,
    array_position(
        array[
            'recall', 'hit_rate', 'ndcg', 'mrr', 'map', 'coverage', 'gini', 'novelty',
            'intra_list_diversity'],
        q.metric_name),
    q.cutoff;
