-- Several embeddings of a user, one for each interest.

alter table model.user_embeddings
    add column interest smallint not null default 0,
    add constraint interest_is_not_negative check (interest >= 0),
    drop constraint user_embeddings_have_a_key,
    add constraint user_embeddings_have_a_key primary key (user_id, space_id, interest);
alter table model.user_embeddings alter column interest drop default;
comment on table model.user_embeddings is 'Embeddings of users, as many of each as the model has interests; comparable with item embeddings of the same space only. Made anew by every run whose champion the model is.';
comment on column model.user_embeddings.interest is 'Which of the interests of the user, from 0: what a model has learned to read out of a history, without a meaning that users would share.';
comment on column model.user_embeddings.embedding is 'The embedding; its inner product with an item embedding, the greatest over interests, is the score.';
