-- The light model of the first stage: distilled from a ranker, which it belongs to.
alter table model.models
    drop constraint model_kind_is_known,
    drop constraint only_a_ranker_has_a_base,
    add constraint model_kind_is_known check (
        kind in (
            'two_tower', 'popularity', 'item_cosine', 'funnel', 'ranker', 'first_stage', 'logistic')),
    add constraint only_what_reads_a_model_has_a_base check (
        (kind in ('ranker', 'first_stage')) = (base_model_id is not null));
comment on column model.models.kind is 'two_tower, ranker, first_stage (distilled from a ranker: which candidates it is worth asking about), popularity, item_cosine, logistic (a logistic regression on what the ranker reads), or funnel (all stages together).';
comment on column model.models.base_model_id is 'The two-tower whose embeddings and scores a ranker reads; the ranker that a first stage was distilled from.';

-- No term of this name was ever made.
delete from serving.weights where term_name = 'engagement';
alter table serving.weights
    drop constraint weight_is_of_a_known_term,
    add constraint weight_is_of_a_known_term check (term_name in (
        'affinity', 'popularity', 'freshness', 'click', 'like', 'comment', 'forward', 'follow',
        'long_view', 'hide', 'watch_time'));
