-- Drift: references frozen with each model, what is observed each night, and how far the two are apart.
-- Skew: features as they were served.

create table monitor.drift_settings (
    statistic text not null,
    subject text not null default '%',
    feature text not null default '%',
    smallest_effect double precision not null,
    significance double precision not null,
    reason text not null,
    constraint drift_settings_have_a_key primary key (statistic, subject, feature),
    constraint smallest_effect_is_not_negative check (smallest_effect >= 0),
    constraint significance_is_a_share check (significance > 0 and significance < 1)
);
comment on table monitor.drift_settings is 'When a difference counts as drift: it must be significant and large enough. Of the rows that match, the one with the longest feature counts, then the one with the longest subject.';
comment on column monitor.drift_settings.statistic is 'The statistic: as in monitor.drift.';
comment on column monitor.drift_settings.subject is 'Subjects it is for: a pattern of like, % for all.';
comment on column monitor.drift_settings.feature is 'Features it is for: a pattern of like, % for all.';
comment on column monitor.drift_settings.smallest_effect is 'An effect below it is no drift however significant; infinity for what is not to be watched.';
comment on column monitor.drift_settings.significance is 'A p-value above it, adjusted for the number of tests of the run, is no drift however large the effect.';
comment on column monitor.drift_settings.reason is 'Why it is so.';

insert into monitor.drift_settings (statistic, smallest_effect, significance, reason) values
    ('psi', 0.1, 0.01, 'The usual limit of a moderate shift (Siddiqi, Credit Risk Scorecards, 2006).'),
    ('kolmogorov_smirnov', 0.06, 0.01, 'A normal feature moved by 0.15 deviations.'),
    ('jensen_shannon', 0.018, 0.01, 'As psi: for small shifts PSI is 8 ln 2 times the divergence in bits.'),
    ('wasserstein', 0.15, 0.01, 'A feature moved by 0.15 deviations.'),
    ('chi_square', 0.04, 0.01, 'Shares of categories moved by four points.'),
    ('missing_share', 0.05, 0.01, 'Missing for five more, or fewer, in a hundred.'),
    ('rate_ratio', 0.4, 0.01, 'A third less, or half more: a day is compared with a week.'),
    ('centroid_distance', 0.1, 0.01, 'A cosine of 0.9 between the centroids.'),
    ('domain_classifier', 0.1, 0.01, 'Old and new embeddings are told apart with an AUC of 0.6.');

-- What moves for everybody at once: no count of users makes chance of it.
insert into monitor.drift_settings
    (statistic, subject, feature, smallest_effect, significance, reason)
select s.statistic, v.subject, v.feature, case when s.statistic = 'wasserstein' then v.largest else 'infinity' end,
    0.01, v.reason
from (values ('psi'), ('kolmogorov_smirnov'), ('jensen_shannon'), ('wasserstein')) as s (statistic)
cross join (values
    ('item_snapshots', 'age_days', 'infinity'::double precision, 'Items age by a day every day.'),
    ('%snapshots', '%\_rate%', 5,
        'Smoothed towards the rate of all, which moves a little every day: labels say how it moves.'),
    ('scores', '%', 3,
        'Popularity is relative to the most popular item of the week, freshness to the date.')
) as v (subject, feature, largest, reason);

insert into monitor.drift_settings
    (statistic, subject, feature, smallest_effect, significance, reason)
select s.statistic, 'scores', 'affinity', s.smallest_effect, s.significance,
    'Relative to the candidates of the user alone: ' || s.reason
from monitor.drift_settings as s
where s.statistic in ('psi', 'kolmogorov_smirnov', 'jensen_shannon', 'wasserstein') and s.subject = '%';

create table monitor.drift_references (
    reference_id bigint generated always as identity,
    space_id bigint not null,
    subject text not null,
    feature text not null,
    kind text not null,
    as_of_date date not null,
    bin_edges double precision[] not null default '{}',
    categories text[] not null default '{}',
    counts double precision[] not null default '{}',
    known_count double precision not null,
    missing_count double precision not null default 0,
    mean double precision null,
    deviation double precision null,
    lowest double precision null,
    highest double precision null,
    standard_error double precision null,
    frozen_at timestamptz not null default clock_timestamp(),
    constraint drift_references_have_a_key primary key (space_id, subject, feature, kind),
    constraint drift_reference_kind_is_known check (kind in ('numeric', 'category', 'rate')),
    constraint a_bin_lies_beside_every_edge check (
        kind <> 'numeric' or cardinality(counts) = cardinality(bin_edges) + 2),
    constraint every_category_has_a_count check (
        kind <> 'category' or cardinality(counts) = cardinality(categories) + 2),
    constraint a_rate_has_an_error check (kind <> 'rate' or num_nulls(mean, standard_error) = 0)
);
comment on table monitor.drift_references is 'What features, labels, scores and embeddings looked like when a model was trained or first served. Written once, never changed.';
comment on column monitor.drift_references.reference_id is 'A number for the row, shorter than its key.';
comment on column monitor.drift_references.space_id is 'The model.';
comment on column monitor.drift_references.subject is 'Where the feature stands: item_snapshots, user_snapshots, item_attributes, user_attributes, labels, scores, item_embeddings, user_embeddings.';
comment on column monitor.drift_references.feature is 'The feature, attribute, action or term.';
comment on column monitor.drift_references.kind is 'numeric (bins between quantiles), category (counts of each), or rate (events per exposure).';
comment on column monitor.drift_references.as_of_date is 'It knows what was known before 00:00 UTC of this date.';
comment on column monitor.drift_references.bin_edges is 'Quantiles in steps of 5 %, and one edge just above the largest number; a bin begins with its edge. Empty for other kinds.';
comment on column monitor.drift_references.categories is 'The most frequent categories, up to fifty; empty for other kinds.';
comment on column monitor.drift_references.counts is 'Rows by bin or category; after the categories those of all others, and last those without a value.';
comment on column monitor.drift_references.known_count is 'Rows with a value: users or items, never events. For a rate, exposures.';
comment on column monitor.drift_references.missing_count is 'Rows without a value.';
comment on column monitor.drift_references.mean is 'Mean of the numbers, or the rate.';
comment on column monitor.drift_references.deviation is 'Standard deviation of the numbers.';
comment on column monitor.drift_references.lowest is 'Smallest number.';
comment on column monitor.drift_references.highest is 'Largest number.';
comment on column monitor.drift_references.standard_error is 'Standard error of a rate, over users.';
comment on column monitor.drift_references.frozen_at is 'When it was written.';

create table monitor.drift_observations (
    run_id bigint not null,
    subject text not null,
    feature text not null,
    kind text not null,
    space_id bigint not null,
    as_of_date date not null,
    counts double precision[] not null default '{}',
    known_count double precision not null,
    missing_count double precision not null default 0,
    mean double precision null,
    standard_error double precision null,
    constraint drift_observations_have_a_key primary key (run_id, subject, feature, kind)
);
comment on table monitor.drift_observations is 'The same figures on the night of a run, in the bins of the reference.';
comment on column monitor.drift_observations.run_id is 'The run.';
comment on column monitor.drift_observations.subject is 'As in monitor.drift_references.';
comment on column monitor.drift_observations.feature is 'As in monitor.drift_references.';
comment on column monitor.drift_observations.kind is 'As in monitor.drift_references.';
comment on column monitor.drift_observations.space_id is 'The model whose reference gave the bins.';
comment on column monitor.drift_observations.as_of_date is 'It knows what was known before 00:00 UTC of this date.';
comment on column monitor.drift_observations.counts is 'Rows by bin or category of the reference.';
comment on column monitor.drift_observations.known_count is 'Rows with a value; for a rate, exposures.';
comment on column monitor.drift_observations.missing_count is 'Rows without a value.';
comment on column monitor.drift_observations.mean is 'Mean of the numbers, or the rate.';
comment on column monitor.drift_observations.standard_error is 'Standard error of a rate, over users.';

create table monitor.drift (
    run_id bigint not null,
    subject text not null,
    feature text not null,
    kind text not null,
    statistic text not null,
    as_of_date date not null,
    reference_space_id bigint not null,
    reference_date date not null,
    value double precision not null,
    degrees_of_freedom integer null,
    effect double precision not null,
    p_value double precision null,
    adjusted_p_value double precision null,
    smallest_effect double precision null,
    significance double precision null,
    reference_count double precision not null,
    current_count double precision not null,
    is_drifted boolean not null default false,
    constraint drift_rows_have_a_key primary key (run_id, subject, feature, kind, statistic),
    constraint drift_is_finite check (
        value > '-infinity' and value < 'infinity' and effect > '-infinity' and effect < 'infinity'),
    constraint drift_p_value_is_a_probability check (p_value between 0 and 1),
    constraint drift_has_a_p_value_before_and_after_it_is_adjusted check (
        adjusted_p_value is null or adjusted_p_value >= p_value)
);
create index drift_by_feature on monitor.drift (subject, feature, statistic, as_of_date);
comment on table monitor.drift is 'How far each feature, label, score and embedding was from its reference on the night of a run.';
comment on column monitor.drift.run_id is 'The run.';
comment on column monitor.drift.subject is 'As in monitor.drift_references.';
comment on column monitor.drift.feature is 'As in monitor.drift_references; embedding for all dimensions of one together.';
comment on column monitor.drift.kind is 'numeric, category, rate, or embedding.';
comment on column monitor.drift.statistic is 'psi, kolmogorov_smirnov, jensen_shannon, wasserstein, chi_square, missing_share, rate_ratio, centroid_distance or domain_classifier.';
comment on column monitor.drift.as_of_date is 'What was compared was known before 00:00 UTC of this date.';
comment on column monitor.drift.reference_space_id is 'The model whose reference it was compared with.';
comment on column monitor.drift.reference_date is 'The date of the reference.';
comment on column monitor.drift.value is 'The statistic. missing_share the share now less that of the reference, psi in nats, jensen_shannon in bits, wasserstein in standard deviations of the reference, domain_classifier an AUC.';
comment on column monitor.drift.degrees_of_freedom is 'Of the chi-square distribution behind the p-value; null where there is none.';
comment on column monitor.drift.effect is 'What is compared with the smallest effect: the value itself, without its sign; for chi_square half the sum of the shares moved, for rate_ratio the absolute logarithm, for domain_classifier the AUC above one half.';
comment on column monitor.drift.p_value is 'Chance of a statistic at least as large without drift; null where it has no distribution to tell.';
comment on column monitor.drift.adjusted_p_value is 'The same over all tests of the run (Benjamini, Hochberg 1995).';
comment on column monitor.drift.smallest_effect is 'The effect that it takes, by the settings then.';
comment on column monitor.drift.significance is 'The adjusted p-value that it takes, by the settings then.';
comment on column monitor.drift.reference_count is 'Rows of the reference that were compared.';
comment on column monitor.drift.current_count is 'Rows of the night that were compared.';
comment on column monitor.drift.is_drifted is 'Whether it is significant and large enough.';

create table monitor.reference_embeddings (
    space_id bigint not null,
    subject text not null,
    entity_id bigint not null,
    as_of_date date not null,
    embedding real[] not null,
    constraint reference_embeddings_have_a_key primary key (space_id, subject, entity_id),
    constraint reference_embeddings_are_of_users_or_items check (
        subject in ('user_embeddings', 'item_embeddings'))
);
comment on table monitor.reference_embeddings is 'A sample of the embeddings with which a model first served. Written once, never changed.';
comment on column monitor.reference_embeddings.space_id is 'The model.';
comment on column monitor.reference_embeddings.subject is 'user_embeddings or item_embeddings.';
comment on column monitor.reference_embeddings.entity_id is 'The user or item.';
comment on column monitor.reference_embeddings.as_of_date is 'The date of the publication with which it first served.';
comment on column monitor.reference_embeddings.embedding is 'The embedding; of a user with several interests the first.';

create table monitor.served_features (
    publication_id bigint not null,
    user_id bigint not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    as_of_date date not null,
    names text[] not null,
    numbers real[] not null,
    constraint served_features_have_a_key primary key (user_id, publication_id),
    constraint every_served_number_has_a_name check (cardinality(names) = cardinality(numbers))
);
create index served_features_by_publication on monitor.served_features (publication_id);
comment on table monitor.served_features is 'Features of a sample of users as they were when a publication was made: recomputed by a later run and compared.';
comment on column monitor.served_features.publication_id is 'The publication.';
comment on column monitor.served_features.user_id is 'The user.';
comment on column monitor.served_features.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column monitor.served_features.as_of_date is 'They know what was known before 00:00 UTC of this date.';
comment on column monitor.served_features.names is 'Names of the features.';
comment on column monitor.served_features.numbers is 'The features, NaN where not known.';
