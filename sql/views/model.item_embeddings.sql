-- Embeddings of items, whatever they are stored as.
--
-- Grain   one row per space and item
-- Reads   model.item_vectors
create or replace view model.item_embeddings as
select
    v.space_id,
    v.item_id,
    coalesce(v.components, model.decoded_embedding(v.code, v.scale)) as embedding,
    case when v.code is null then 'real' when v.scale is null then 'half' else 'int8' end as encoding
from model.item_vectors as v;

comment on view model.item_embeddings is 'Embeddings of items; comparable with embeddings of the same space only.';
comment on column model.item_embeddings.space_id is 'The space: the model that made it.';
comment on column model.item_embeddings.item_id is 'The item.';
comment on column model.item_embeddings.embedding is 'The embedding as stored.';
comment on column model.item_embeddings.encoding is 'How it is stored: real, half or int8.';
grant select on model.item_embeddings to vitrine_job, vitrine_analyst;
