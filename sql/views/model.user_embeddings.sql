-- Embeddings of users, whatever they are stored as.
--
-- Grain   one row per space, user and interest
-- Reads   model.user_vectors
create or replace view model.user_embeddings as
select
    v.space_id,
    v.user_id,
    v.bucket,
    v.interest,
    coalesce(v.components, model.decoded_embedding(v.code, v.scale)) as embedding,
    case when v.code is null then 'real' when v.scale is null then 'half' else 'int8' end as encoding
from model.user_vectors as v;

comment on view model.user_embeddings is 'Embeddings of users, as many of each as the model has interests; comparable with item embeddings of the same space only.';
comment on column model.user_embeddings.space_id is 'The space: the model that made it.';
comment on column model.user_embeddings.user_id is 'The user.';
comment on column model.user_embeddings.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column model.user_embeddings.interest is 'Which of the interests of the user, from 0: what a model has learned to read out of a history, without a meaning that users would share.';
comment on column model.user_embeddings.embedding is 'The embedding as stored; its inner product with an item embedding, the greatest over interests, is the score.';
comment on column model.user_embeddings.encoding is 'How it is stored: real, half or int8.';
grant select on model.user_embeddings to vitrine_job, vitrine_analyst;
