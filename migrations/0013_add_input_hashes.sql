-- What an embedding was made from, so that only those are made anew whose inputs have changed.

alter table model.user_vectors add column input_hash bigint null;
comment on column model.user_vectors.input_hash is 'Hash of all that the tower read, of the version and of the processor''s kernels: with the same, the embedding would be the same. Null where it is not known.';
comment on table model.user_vectors is 'Embeddings of users as they are stored; model.user_embeddings reads them as numbers. As many of each user as the model has interests. Every run whose champion the model is makes those anew whose inputs have changed.';

alter table model.item_vectors add column input_hash bigint null;
comment on column model.item_vectors.input_hash is 'Hash of all that the tower read, of the version and of the processor''s kernels: with the same, the embedding would be the same. Null where it is not known.';
comment on table model.item_vectors is 'Embeddings of items as they are stored; model.item_embeddings reads them as numbers. Every run whose champion the model is makes those anew whose inputs have changed.';
