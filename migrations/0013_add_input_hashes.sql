-- What an embedding was made from, so that only those are made anew whose inputs have changed.

alter table model.user_embeddings add column input_hash bigint null;
comment on column model.user_embeddings.input_hash is 'Hash of all that the tower read, of the version and of the processor''s kernels: with the same, the embedding would be the same. Null where it is not known.';
comment on table model.user_embeddings is 'Embeddings of users, as many of each as the model has interests; comparable with item embeddings of the same space only. Every run whose champion the model is makes those anew whose inputs have changed.';

alter table model.item_embeddings add column input_hash bigint null;
comment on column model.item_embeddings.input_hash is 'Hash of all that the tower read, of the version and of the processor''s kernels: with the same, the embedding would be the same. Null where it is not known.';
comment on table model.item_embeddings is 'Embeddings of items; comparable with embeddings of the same space only. Every run whose champion the model is makes those anew whose inputs have changed.';
