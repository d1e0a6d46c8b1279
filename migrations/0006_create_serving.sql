-- The serving layer: generations of recommendations, and one pointer to the current one.
-- Lists are stored as arrays, one row per user, and read as rows through views: a fifth of the
-- space and a quarter of the time of one row per recommendation.

create table serving.sources (
    source_id smallint not null,
    source_name text not null,
    description text not null,
    constraint sources_have_a_key primary key (source_id),
    constraint source_names_are_unique unique (source_name)
);
comment on table serving.sources is 'Where a recommended item can come from.';
comment on column serving.sources.source_id is 'Identifier of the source.';
comment on column serving.sources.source_name is 'Name of the source.';
comment on column serving.sources.description is 'How it finds items.';

insert into serving.sources (source_id, source_name, description) values
    (1, 'two_tower', 'Items whose embedding has the largest inner product with that of the user.'),
    (2, 'popular', 'Items with the most positive events of the last days.'),
    (3, 'fallback', 'The same popular items for everyone, where a model has nothing to say.');

create table serving.weights (
    weights_version integer not null,
    term_name text not null,
    weight double precision not null,
    reason text not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint weights_have_a_key primary key (weights_version, term_name),
    constraint weight_is_finite check (weight > '-infinity' and weight < 'infinity'),
    constraint weight_is_of_a_known_term check (term_name in ('affinity', 'popularity', 'freshness'))
);
comment on table serving.weights is 'Weights of the terms of a score, by version; the highest version is used. Never changed: a new version is added.';
comment on column serving.weights.weights_version is 'Version, rising.';
comment on column serving.weights.term_name is 'affinity, popularity or freshness: the columns of serving.recommendations.';
comment on column serving.weights.weight is 'What the term is multiplied with.';
comment on column serving.weights.reason is 'Why it is so.';
comment on column serving.weights.created_at is 'When the version was added.';

insert into serving.weights (weights_version, term_name, weight, reason) values
    (1, 'affinity', 1, 'The model leads.'),
    (1, 'popularity', 0.05, 'Breaks near ties towards what many liked lately.'),
    (1, 'freshness', 0.02, 'A small push for what is new.');

create table serving.publications (
    publication_id bigint generated always as identity,
    run_id bigint not null,
    as_of_date date not null,
    model_id bigint not null,
    weights_version integer not null,
    status text not null default 'building',
    user_count bigint not null default 0,
    recommendation_count bigint not null default 0,
    checksum text null,
    created_at timestamptz not null default clock_timestamp(),
    published_at timestamptz null,
    constraint publications_have_a_key primary key (publication_id),
    constraint a_run_makes_one_publication unique (run_id),
    constraint publication_status_is_known check (status in ('building', 'published', 'dropped')),
    constraint publication_has_a_moment_unless_it_is_being_built
        check (status = 'building' or published_at is not null)
);
comment on table serving.publications is 'One row per generation of recommendations.';
comment on column serving.publications.publication_id is 'Identifier of the publication, rising with time.';
comment on column serving.publications.run_id is 'The run that made it.';
comment on column serving.publications.as_of_date is 'It used what was known before 00:00 UTC of this date.';
comment on column serving.publications.model_id is 'The model behind it, and the space of its embeddings.';
comment on column serving.publications.weights_version is 'The weights behind its scores: serving.weights.';
comment on column serving.publications.status is 'building, published, or dropped (its rows were removed by retention).';
comment on column serving.publications.user_count is 'Users with a list.';
comment on column serving.publications.recommendation_count is 'Recommendations in all lists.';
comment on column serving.publications.checksum is 'Hash of users, ranks, items and scores: equal for equal content.';
comment on column serving.publications.created_at is 'When its rows began to be written.';
comment on column serving.publications.published_at is 'When it first became current.';

create table serving.pointer (
    is_current boolean not null default true,
    publication_id bigint not null,
    flipped_at timestamptz not null,
    constraint pointer_has_one_row primary key (is_current),
    constraint pointer_row_is_the_current_one check (is_current),
    constraint pointer_shows_a_publication
        foreign key (publication_id) references serving.publications (publication_id)
);
comment on table serving.pointer is 'One row: the current publication. Publishing is the change of this row.';
comment on column serving.pointer.is_current is 'Always true: there is one row.';
comment on column serving.pointer.publication_id is 'The current publication.';
comment on column serving.pointer.flipped_at is 'Since when.';

create table serving.flips (
    flip_id bigint generated always as identity,
    publication_id bigint not null,
    flipped_at timestamptz not null,
    reason text not null,
    constraint flips_have_a_key primary key (flip_id),
    constraint flip_shows_a_publication
        foreign key (publication_id) references serving.publications (publication_id)
);
comment on table serving.flips is 'Every change of the pointer: which publication was current at any moment.';
comment on column serving.flips.flip_id is 'Identifier of the change, rising with time.';
comment on column serving.flips.publication_id is 'The publication that became current.';
comment on column serving.flips.flipped_at is 'When.';
comment on column serving.flips.reason is 'Why: a run, or the person who asked.';

create table serving.candidate_lists (
    publication_id bigint not null,
    user_id bigint not null,
    source_id smallint not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    item_ids bigint[] not null,
    scores real[] not null,
    constraint candidate_lists_have_a_key primary key (user_id, publication_id, source_id),
    constraint candidate_arrays_have_one_length check (cardinality(item_ids) = cardinality(scores))
) partition by list (publication_id);
comment on table serving.candidate_lists is 'What a source proposed for a user, best first. Read it as rows through serving.candidates.';
comment on column serving.candidate_lists.publication_id is 'The publication.';
comment on column serving.candidate_lists.user_id is 'The user.';
comment on column serving.candidate_lists.source_id is 'The source: serving.sources.';
comment on column serving.candidate_lists.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column serving.candidate_lists.item_ids is 'Items, best first.';
comment on column serving.candidate_lists.scores is 'Score of each by its source.';

create table serving.recommendation_lists (
    publication_id bigint not null,
    user_id bigint not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    item_ids bigint[] not null,
    scores double precision[] not null,
    affinities double precision[] not null,
    popularities double precision[] not null,
    freshnesses double precision[] not null,
    source_ids smallint[] not null,
    constraint recommendation_lists_have_a_key primary key (user_id, publication_id),
    constraint recommendation_arrays_have_one_length check (
        cardinality(item_ids) = cardinality(scores)
        and cardinality(item_ids) = cardinality(affinities)
        and cardinality(item_ids) = cardinality(popularities)
        and cardinality(item_ids) = cardinality(freshnesses)
        and cardinality(item_ids) = cardinality(source_ids)),
    constraint recommendation_list_is_not_empty check (cardinality(item_ids) >= 1)
) partition by list (publication_id);
comment on table serving.recommendation_lists is 'What a publication recommends to a user, best first. Read it as rows through serving.recommendations.';
comment on column serving.recommendation_lists.publication_id is 'The publication.';
comment on column serving.recommendation_lists.user_id is 'The user.';
comment on column serving.recommendation_lists.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column serving.recommendation_lists.item_ids is 'Items, best first.';
comment on column serving.recommendation_lists.scores is 'Score of each: the sum of weight times term.';
comment on column serving.recommendation_lists.affinities is 'Term affinity of each.';
comment on column serving.recommendation_lists.popularities is 'Term popularity of each.';
comment on column serving.recommendation_lists.freshnesses is 'Term freshness of each.';
comment on column serving.recommendation_lists.source_ids is 'Source of each: serving.sources.';

create table serving.similar_item_lists (
    publication_id bigint not null,
    item_id bigint not null,
    similar_item_ids bigint[] not null,
    similarities real[] not null,
    constraint similar_item_lists_have_a_key primary key (item_id, publication_id),
    constraint similar_arrays_have_one_length
        check (cardinality(similar_item_ids) = cardinality(similarities))
) partition by list (publication_id);
comment on table serving.similar_item_lists is 'Items like an item, most similar first. serving.similar_items(item_id, k) reads it as rows.';
comment on column serving.similar_item_lists.publication_id is 'The publication.';
comment on column serving.similar_item_lists.item_id is 'The item.';
comment on column serving.similar_item_lists.similar_item_ids is 'Items like it, most similar first.';
comment on column serving.similar_item_lists.similarities is 'Cosine of the embeddings, -1 to 1.';

create table serving.fallbacks (
    publication_id bigint not null,
    rank integer not null,
    item_id bigint not null,
    positive_count bigint not null,
    constraint fallbacks_have_a_key primary key (publication_id, rank),
    constraint fallback_items_are_unique unique (publication_id, item_id),
    constraint fallback_ranks_count_from_one check (rank >= 1)
);
comment on table serving.fallbacks is 'What is recommended to those for whom there is no list: the most popular items of the last days.';
comment on column serving.fallbacks.publication_id is 'The publication.';
comment on column serving.fallbacks.rank is 'Place, from 1.';
comment on column serving.fallbacks.item_id is 'The item.';
comment on column serving.fallbacks.positive_count is 'Positive events behind its place.';
