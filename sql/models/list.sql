-- Models that can serve or could, newest first, with their quality over all users.
--
-- Grain   one row per serving model
-- Reads   monitor.models, model.measurements, model.metrics
-- Params  row_limit
select
    m.model_id,
    m.run_id,
    m.as_of_date,
    m.state,
    q.recall,
    q.recall_cutoff,
    q.ndcg,
    q.ndcg_cutoff,
    case when m.has_artefact then m.artefact_bytes end as kept_bytes,
    m.gate_outcome,
    m.decision_reason
from monitor.models as m
left join lateral (
    select
        max(v.value) filter (where v.metric_name = 'recall') as recall,
        max(v.cutoff) filter (where v.metric_name = 'recall') as recall_cutoff,
        max(v.value) filter (where v.metric_name = 'ndcg') as ndcg,
        max(v.cutoff) filter (where v.metric_name = 'ndcg') as ndcg_cutoff
    from model.measurements as e
    inner join model.metrics as v
        on v.model_id = e.model_id and v.protocol = e.protocol and v.cohort = 'all'
    where e.model_id = m.evaluation_model_id
) as q on true
order by m.model_id desc
limit :'row_limit'::integer;
