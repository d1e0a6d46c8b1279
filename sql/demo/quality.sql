-- How well the model of a run ranked what was held out, beside the baselines.
--
-- Grain   one row per kind of model
-- Reads   monitor.model_quality, ops.steps
-- Params  run_id
-- Note    Under the protocol of the run itself: its models may have been measured under others since.
select
    q.kind,
    max(q.value) filter (where q.metric_name = 'recall') as recall,
    max(q.lower_bound) filter (where q.metric_name = 'recall') as recall_lower,
    max(q.upper_bound) filter (where q.metric_name = 'recall') as recall_upper,
    max(q.cutoff) filter (where q.metric_name = 'recall') as recall_cutoff,
    max(q.value) filter (where q.metric_name = 'ndcg') as ndcg,
    max(q.cutoff) filter (where q.metric_name = 'ndcg') as ndcg_cutoff,
    max(q.value) filter (where q.metric_name = 'coverage') as coverage,
    max(q.user_count) filter (where q.metric_name = 'recall') as user_count,
    q.protocol
from monitor.model_quality as q
where q.run_id = :'run_id'::bigint
    and q.cohort = 'all'
    and q.protocol in (
        select s.details ->> 'protocol'
        from ops.steps as s
        where s.run_id = :'run_id'::bigint
            and s.step_name = 'evaluate'
            and s.status = 'succeeded')
group by q.kind, q.protocol
order by recall;
