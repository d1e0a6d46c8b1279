-- Lengths of the embeddings of the model that serves.
--
-- Grain   two rows for items: mean and largest norm
-- Reads   model.item_embeddings
-- Writes  monitor.measures
-- Params  run_id, space_id
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

norms as (
    select sqrt(sum(e.component::double precision * e.component)) as norm
    from model.item_embeddings as i
    cross join lateral unnest(i.embedding) as e (component)
    where i.space_id = :'space_id'::bigint
    group by i.item_id
)

select :'run_id'::bigint, 'model', 'item_embedding_norm', 'mean', avg(n.norm), 'norm'
from norms as n
having count(*) > 0

union all

select :'run_id'::bigint, 'model', 'item_embedding_norm', 'largest', max(n.norm), 'norm'
from norms as n
having count(*) > 0;
