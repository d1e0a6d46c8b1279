-- Freezes a sample of the embeddings of a model, once.
--
-- Grain   one row per user or item of the sample, where the model has none yet
-- Reads   monitor.sampled_embeddings, monitor.reference_embeddings
-- Writes  monitor.reference_embeddings
-- Params  space_id, as_of_date
insert into monitor.reference_embeddings (space_id, subject, entity_id, as_of_date, embedding)
select :'space_id'::bigint, e.subject, e.entity_id, :'as_of_date'::date, e.embedding
from monitor.sampled_embeddings(:'space_id'::bigint, 2000) as e
where not exists (
    select from monitor.reference_embeddings as r
    where r.space_id = :'space_id'::bigint and r.subject = e.subject);
