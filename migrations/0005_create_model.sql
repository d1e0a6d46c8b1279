-- The model layer: one row per trained artefact, its measures, who was champion when, and the
-- embeddings it made.

create table model.models (
    model_id bigint generated always as identity,
    run_id bigint not null,
    kind text not null,
    purpose text not null,
    as_of_date date not null,
    configuration jsonb not null,
    data_hash text not null,
    seed bigint not null,
    code_version text not null,
    parent_model_id bigint null,
    profile_attributes text[] not null default '{}',
    dimension integer null,
    artefact_checksum text null,
    artefact_bytes bigint null,
    training jsonb not null default '{}',
    created_at timestamptz not null default clock_timestamp(),
    constraint models_have_a_key primary key (model_id),
    constraint a_run_trains_one_model_of_a_kind_for_a_purpose unique (run_id, kind, purpose),
    constraint model_parent_is_a_model
        foreign key (parent_model_id) references model.models (model_id),
    constraint model_kind_is_known
        check (kind in ('two_tower', 'popularity', 'item_cosine', 'blend')),
    constraint model_purpose_is_known check (purpose in ('evaluation', 'serving')),
    constraint only_a_two_tower_has_a_dimension check ((kind = 'two_tower') = (dimension is not null))
);
comment on table model.models is 'One row per model: what it was made from, and how. Baselines are models too.';
comment on column model.models.model_id is 'Identifier of the model, and of the space of its embeddings (space_id).';
comment on column model.models.run_id is 'The run that made it.';
comment on column model.models.kind is 'two_tower, popularity, item_cosine, or blend (two-tower candidates as the rank step orders them).';
comment on column model.models.purpose is 'evaluation (trained without what is held out) or serving (trained on everything known).';
comment on column model.models.as_of_date is 'It was trained on what was known before 00:00 UTC of this date.';
comment on column model.models.configuration is 'Every setting it was trained with.';
comment on column model.models.data_hash is 'Hash of the dataset: the same hash, seed and configuration give the same model.';
comment on column model.models.seed is 'Seed of its random numbers.';
comment on column model.models.code_version is 'Version of Vitrine that trained it.';
comment on column model.models.parent_model_id is 'The model whose parameters it started from; null where it started from random ones.';
comment on column model.models.profile_attributes is 'Attributes of users that it reads, in order: whatever the job names later, it is given these.';
comment on column model.models.dimension is 'Numbers in an embedding.';
comment on column model.models.artefact_checksum is 'SHA-256 of the artefact in model.artefacts.';
comment on column model.models.artefact_bytes is 'Size of the artefact.';
comment on column model.models.training is 'What training says of itself: examples, epochs, losses, examples per second.';
comment on column model.models.created_at is 'When it was made.';

create table model.artefacts (
    model_id bigint not null,
    part_number integer not null,
    content bytea not null,
    constraint artefacts_have_a_key primary key (model_id, part_number),
    constraint artefact_belongs_to_a_model
        foreign key (model_id) references model.models (model_id) on delete cascade
);
comment on table model.artefacts is 'The bytes of a trained model, in parts.';
comment on column model.artefacts.model_id is 'The model.';
comment on column model.artefacts.part_number is 'Place of the part, from 1.';
comment on column model.artefacts.content is 'Up to 16 MiB of the artefact.';

create table model.checkpoints (
    run_id bigint not null,
    purpose text not null,
    part_number integer not null,
    training jsonb not null,
    content bytea not null,
    saved_at timestamptz not null default clock_timestamp(),
    constraint checkpoints_have_a_key primary key (run_id, purpose, part_number),
    constraint checkpoint_purpose_is_known check (purpose in ('evaluation', 'serving'))
);
comment on table model.checkpoints is 'Trainings under way, in parts: the newest state of each, from which a run that was killed goes on. Gone when the model is saved.';
comment on column model.checkpoints.run_id is 'The run that trains.';
comment on column model.checkpoints.purpose is 'Which of its models.';
comment on column model.checkpoints.part_number is 'Place of the part, from 1.';
comment on column model.checkpoints.training is 'All that decides what the training learns: another training does not go on from here.';
comment on column model.checkpoints.content is 'Up to 16 MiB of parameters and of what the optimisers keep.';
comment on column model.checkpoints.saved_at is 'When it was saved.';

create table model.metrics (
    model_id bigint not null,
    protocol text not null,
    cohort text not null,
    metric_name text not null,
    cutoff integer not null,
    value double precision not null,
    lower_bound double precision null,
    upper_bound double precision null,
    user_count bigint not null,
    measured_at timestamptz not null default clock_timestamp(),
    constraint metrics_have_a_key primary key (model_id, protocol, cohort, metric_name, cutoff),
    constraint metric_belongs_to_a_model
        foreign key (model_id) references model.models (model_id) on delete cascade,
    constraint metric_is_finite check (value > '-infinity' and value < 'infinity'),
    constraint metric_lies_within_its_interval check (lower_bound <= upper_bound)
);
comment on table model.metrics is 'How well a model ranks: one row per measure, baselines beside the model.';
comment on column model.metrics.model_id is 'The model.';
comment on column model.metrics.protocol is 'How it was measured, with the dates.';
comment on column model.metrics.cohort is 'Which users: all, or an activity cohort.';
comment on column model.metrics.metric_name is 'recall, ndcg, hit_rate, mrr, coverage, gini, …';
comment on column model.metrics.cutoff is 'Length of the list that was judged; 0 for the whole.';
comment on column model.metrics.value is 'The measure; a mean over users where it is one per user.';
comment on column model.metrics.lower_bound is 'Lower end of the 95 % bootstrap interval over users; null where there is none.';
comment on column model.metrics.upper_bound is 'Upper end of the interval.';
comment on column model.metrics.user_count is 'Users behind it.';
comment on column model.metrics.measured_at is 'When it was measured.';

create table model.measurements (
    model_id bigint not null,
    protocol text not null,
    learned_by text not null,
    held_out_hash text not null,
    metric_names text[] not null,
    cutoffs integer[] not null,
    user_count bigint not null,
    measured_at timestamptz not null default clock_timestamp(),
    constraint measurements_have_a_key primary key (model_id),
    constraint measurement_is_of_a_model
        foreign key (model_id) references model.models (model_id) on delete cascade,
    constraint measurement_arrays_have_one_length
        check (cardinality(metric_names) = cardinality(cutoffs)),
    constraint measurement_user_count_is_not_negative check (user_count >= 0)
);
comment on table model.measurements is 'Evaluation models whose figures are kept by user, in model.user_metrics.';
comment on column model.measurements.model_id is 'The evaluation model.';
comment on column model.measurements.protocol is 'How it was measured, with the dates.';
comment on column model.measurements.learned_by is 'What it was trained by: time_split (everything before a date), or leave_one_out and which part was left out of each user.';
comment on column model.measurements.held_out_hash is 'Hash of the users and of what was held out of each: with the same hash, two models can be compared user by user.';
comment on column model.measurements.metric_names is 'What the values in model.user_metrics are, in order: recall, ndcg, …';
comment on column model.measurements.cutoffs is 'Length of the list that was judged, for each of them.';
comment on column model.measurements.user_count is 'Users behind it.';
comment on column model.measurements.measured_at is 'When it was measured.';

create table model.user_metrics (
    model_id bigint not null,
    user_id bigint not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    cohort text not null,
    metric_values real[] not null,
    constraint user_metrics_have_a_key primary key (user_id, model_id)
) partition by list (model_id);
comment on table model.user_metrics is 'How well an evaluation model ranked for each user what was held out.';
comment on column model.user_metrics.model_id is 'The evaluation model.';
comment on column model.user_metrics.user_id is 'The user.';
comment on column model.user_metrics.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column model.user_metrics.cohort is 'Activity cohort of the user when it was measured.';
comment on column model.user_metrics.metric_values is 'The measures, in the order of model.measurements.';

create table model.decisions (
    run_id bigint not null,
    challenger_model_id bigint not null,
    champion_model_id bigint null,
    protocol text null,
    outcome text not null,
    reasons text[] not null,
    challenger_slope double precision null,
    champion_slope double precision null,
    decided_at timestamptz not null default clock_timestamp(),
    constraint decisions_have_a_key primary key (run_id),
    constraint decision_is_about_a_model
        foreign key (challenger_model_id) references model.models (model_id),
    constraint decision_is_against_a_model
        foreign key (champion_model_id) references model.models (model_id),
    constraint decision_outcome_is_known check (outcome in ('promoted', 'passed', 'refused')),
    constraint decision_has_a_reason check (cardinality(reasons) >= 1)
);
comment on table model.decisions is 'What the gate said of the model of a run: whether it was to replace the champion, and why.';
comment on column model.decisions.run_id is 'The run.';
comment on column model.decisions.challenger_model_id is 'The serving model of the run.';
comment on column model.decisions.champion_model_id is 'The champion it was compared with; null where there was none.';
comment on column model.decisions.protocol is 'How both were measured, with the dates; null where they could not be.';
comment on column model.decisions.outcome is 'promoted (it becomes champion with the step embed), passed (it may, and waits for a person) or refused.';
comment on column model.decisions.reasons is 'Why, in words.';
comment on column model.decisions.challenger_slope is 'Calibration slope of the challenger: 1 is calibrated; null where there were no hits.';
comment on column model.decisions.champion_slope is 'Calibration slope of the champion.';
comment on column model.decisions.decided_at is 'When the gate decided.';

create table model.comparisons (
    challenger_model_id bigint not null,
    champion_model_id bigint not null,
    protocol text not null,
    cohort text not null,
    metric_name text not null,
    cutoff integer not null,
    challenger_value double precision not null,
    champion_value double precision not null,
    difference double precision not null,
    lower_bound double precision not null,
    upper_bound double precision not null,
    user_count bigint not null,
    constraint comparisons_have_a_key
        primary key (challenger_model_id, champion_model_id, cohort, metric_name, cutoff),
    constraint comparison_is_about_a_model
        foreign key (challenger_model_id) references model.models (model_id),
    constraint comparison_is_against_a_model
        foreign key (champion_model_id) references model.models (model_id),
    constraint comparison_is_of_two_models check (challenger_model_id <> champion_model_id),
    constraint comparison_has_an_interval check (lower_bound <= upper_bound)
);
comment on table model.comparisons is 'Challenger against champion on the same users and held-out items: one row per measure and cohort. Both are named by their serving models and measured by the evaluation models of the same runs.';
comment on column model.comparisons.challenger_model_id is 'The model that was to replace the other.';
comment on column model.comparisons.champion_model_id is 'The champion then.';
comment on column model.comparisons.protocol is 'How both were measured, with the dates.';
comment on column model.comparisons.cohort is 'Which users: all, or an activity cohort.';
comment on column model.comparisons.metric_name is 'The measure.';
comment on column model.comparisons.cutoff is 'Length of the list that was judged.';
comment on column model.comparisons.challenger_value is 'The measure of the challenger.';
comment on column model.comparisons.champion_value is 'The measure of the champion.';
comment on column model.comparisons.difference is 'Challenger less champion, the mean over users.';
comment on column model.comparisons.lower_bound is 'Lower end of the 95 % bootstrap interval of the paired difference.';
comment on column model.comparisons.upper_bound is 'Upper end of the interval.';
comment on column model.comparisons.user_count is 'Users behind it.';

create table model.trials (
    study_name text not null,
    trial_name text not null,
    rung integer not null,
    attempt integer not null,
    trial_number integer not null,
    run_id bigint not null,
    as_of_date date not null,
    held_out text not null,
    protocol text not null,
    basis jsonb not null,
    objective_name text not null,
    objective_cutoff integer not null,
    settings jsonb not null,
    configuration jsonb not null,
    item_numbers text not null,
    seed bigint not null,
    data_hash text not null,
    code_version text not null,
    status text not null default 'running',
    objective_value double precision null,
    objective_lower double precision null,
    objective_upper double precision null,
    metrics jsonb not null default '{}',
    user_count bigint null,
    examples_per_second double precision null,
    training_seconds double precision null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz null,
    error_message text null,
    constraint trials_have_a_key primary key (study_name, trial_name, rung, attempt),
    constraint trial_status_is_known
        check (status in ('running', 'succeeded', 'failed', 'interrupted')),
    constraint trial_has_a_finish_exactly_when_it_is_over
        check ((status = 'running') = (finished_at is null)),
    constraint trial_is_measured_exactly_when_it_succeeded
        check ((status = 'succeeded') = (objective_value is not null)),
    constraint trial_is_measured_on_a_known_part check (held_out in ('test', 'validation')),
    constraint trials_count_from_one check (trial_number >= 1 and rung >= 1 and attempt >= 1),
    constraint trial_objective_is_finite
        check (objective_value > '-infinity' and objective_value < 'infinity')
);
comment on table model.trials is 'Searches for settings: one row per attempt to train and measure one configuration. The models are not kept.';
comment on column model.trials.study_name is 'The study: trials of one study were measured alike, on the same data.';
comment on column model.trials.trial_name is 'Name of the trial in its study.';
comment on column model.trials.rung is 'Which round of the study, from 1; later ones train the best of the former anew, and longer.';
comment on column model.trials.attempt is 'Which attempt made this row, from 1: a trial whose process died is done again.';
comment on column model.trials.trial_number is 'Place of the trial in its study, from 1.';
comment on column model.trials.run_id is 'The run that made the attempt.';
comment on column model.trials.as_of_date is 'Only what was known before 00:00 UTC of this date was used.';
comment on column model.trials.held_out is 'validation (to choose settings by) or test (to report figures).';
comment on column model.trials.protocol is 'How it was measured, with the dates.';
comment on column model.trials.basis is 'What all trials of the study have in common: the settings of the job, and those of the evaluation.';
comment on column model.trials.objective_name is 'The measure by which trials are compared.';
comment on column model.trials.objective_cutoff is 'Length of the lists for it.';
comment on column model.trials.settings is 'The settings of training in which the trial differs from the job.';
comment on column model.trials.configuration is 'Every setting of the training.';
comment on column model.trials.item_numbers is 'Whether the towers read numbers of items: daily or none.';
comment on column model.trials.seed is 'Seed of the training.';
comment on column model.trials.data_hash is 'Hash of the dataset: the same hash, seed and configuration give the same figures.';
comment on column model.trials.code_version is 'Version of Vitrine that trained and measured.';
comment on column model.trials.status is 'running, succeeded, failed (it could not be trained) or interrupted (its process ended).';
comment on column model.trials.objective_value is 'The measure; larger is better.';
comment on column model.trials.objective_lower is 'Lower end of its 95 % bootstrap interval over users.';
comment on column model.trials.objective_upper is 'Upper end of the interval.';
comment on column model.trials.metrics is 'Every measure by name: cutoff, value and, where there are any, lower and upper bound.';
comment on column model.trials.user_count is 'Users behind the measures.';
comment on column model.trials.examples_per_second is 'Examples trained a second.';
comment on column model.trials.training_seconds is 'How long the training took.';
comment on column model.trials.started_at is 'When the attempt began.';
comment on column model.trials.finished_at is 'When it ended; null while it runs.';
comment on column model.trials.error_message is 'What ended it, without any value of the data.';

create table model.deployments (
    deployment_id bigint generated always as identity,
    model_id bigint not null,
    replaced_model_id bigint null,
    kind text not null,
    run_id bigint null,
    deployed_by text not null,
    reason text not null,
    deployed_at timestamptz not null,
    constraint deployments_have_a_key primary key (deployment_id),
    constraint deployment_is_of_a_model
        foreign key (model_id) references model.models (model_id),
    constraint deployment_replaces_a_model
        foreign key (replaced_model_id) references model.models (model_id),
    constraint deployment_changes_the_champion check (model_id <> replaced_model_id),
    constraint deployment_kind_is_known check (kind in ('gate', 'promote', 'rollback')),
    constraint deployment_is_by_a_run_or_a_person check ((kind = 'gate') = (run_id is not null)),
    constraint deployment_has_a_reason check (reason <> '')
);
comment on table model.deployments is 'Every change of the champion, the model whose embeddings make recommendations: who was champion at any moment, and why. Rows are only ever added.';
comment on column model.deployments.deployment_id is 'Identifier of the deployment, rising with time.';
comment on column model.deployments.model_id is 'The serving model that became champion.';
comment on column model.deployments.replaced_model_id is 'The champion before it; null for the first.';
comment on column model.deployments.kind is 'gate (a run, after the comparison), promote or rollback (a person, by that command).';
comment on column model.deployments.run_id is 'The run that put it there; null where a person did.';
comment on column model.deployments.deployed_by is 'Database user who did, or whose run did.';
comment on column model.deployments.reason is 'Why.';
comment on column model.deployments.deployed_at is 'When it became champion; later than every deployment before.';

create table model.user_embeddings (
    space_id bigint not null,
    user_id bigint not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    embedding real[] not null,
    constraint user_embeddings_have_a_key primary key (user_id, space_id)
) partition by list (space_id);
comment on table model.user_embeddings is 'Embeddings of users; comparable with item embeddings of the same space only. Made anew by every run whose champion the model is.';
comment on column model.user_embeddings.space_id is 'The space: the model that made it.';
comment on column model.user_embeddings.user_id is 'The user.';
comment on column model.user_embeddings.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column model.user_embeddings.embedding is 'The embedding; its inner product with an item embedding is the score.';

create table model.item_embeddings (
    space_id bigint not null,
    item_id bigint not null,
    embedding real[] not null,
    constraint item_embeddings_have_a_key primary key (item_id, space_id)
) partition by list (space_id);
comment on table model.item_embeddings is 'Embeddings of items; comparable with embeddings of the same space only. Made anew by every run whose champion the model is.';
comment on column model.item_embeddings.space_id is 'The space: the model that made it.';
comment on column model.item_embeddings.item_id is 'The item.';
comment on column model.item_embeddings.embedding is 'The embedding.';
