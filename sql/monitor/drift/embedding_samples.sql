-- Embeddings with which a model first served, and the same users' or items' now.
--
-- Grain   one row per sample and user or item, in one order whenever it is asked
-- Reads   monitor.reference_embeddings, monitor.sampled_embeddings
-- Params  space_id, as_of_date
--         subject   user_embeddings or item_embeddings
-- Output  reference_date   null for those of now
select r.entity_id, r.as_of_date as reference_date, r.embedding
from monitor.reference_embeddings as r
where r.space_id = :'space_id'::bigint and r.subject = :'subject'::text
    and r.as_of_date < :'as_of_date'::date

union all

select e.entity_id, null as reference_date, e.embedding
from monitor.sampled_embeddings(:'space_id'::bigint, 2000) as e
where e.subject = :'subject'::text
order by reference_date nulls last, entity_id;
