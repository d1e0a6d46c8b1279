-- Health of models and of the system, reports that stay fast however long the history is, and what the
-- data dictionary says beyond the comments.

create table model.reliability (
    model_id bigint not null,
    protocol text not null,
    task_name text not null,
    bin_number smallint not null,
    calibrated text not null,
    prediction_count bigint not null,
    mean_prediction double precision not null,
    positive_share double precision not null,
    constraint reliability_bins_have_a_key primary key (model_id, protocol, task_name, bin_number),
    constraint reliability_is_of_a_model
        foreign key (model_id) references model.models (model_id) on delete cascade,
    constraint reliability_is_of_a_known_calibration check (calibrated in ('once', 'each_night')),
    constraint reliability_bins_count_from_one check (bin_number >= 1),
    constraint reliability_bin_is_not_empty check (prediction_count >= 1),
    constraint reliability_shares_are_shares
        check (mean_prediction between 0 and 1 and positive_share between 0 and 1)
);
comment on table model.reliability is 'Whether the probabilities of a ranker mean what they say: predictions on the days held out, cut into bins of equal numbers.';
comment on column model.reliability.model_id is 'The ranker.';
comment on column model.reliability.protocol is 'How it was measured, with the dates: as in model.metrics.';
comment on column model.reliability.task_name is 'What is predicted: the name of an action.';
comment on column model.reliability.bin_number is 'Place of the bin from 1, by rising prediction.';
comment on column model.reliability.calibrated is 'once (before the first of the days) or each_night (on what had become known by then).';
comment on column model.reliability.prediction_count is 'Predictions in the bin.';
comment on column model.reliability.mean_prediction is 'Mean of the predictions, in [0, 1].';
comment on column model.reliability.positive_share is 'Share of them that came true, in [0, 1].';

create table monitor.list_counts (
    publication_id bigint not null,
    list_kind text not null,
    deferred_since date not null,
    user_count bigint not null,
    mean_event_count_28d double precision null,
    constraint list_counts_have_a_key primary key (publication_id, list_kind, deferred_since),
    constraint list_counts_are_of_somebody check (user_count >= 1)
);
comment on table monitor.list_counts is 'How the users of each publication came to their lists, counted by the step monitor: stays when the lists are dropped.';
comment on column monitor.list_counts.publication_id is 'The publication.';
comment on column monitor.list_counts.list_kind is 'model, kept or fallback.';
comment on column monitor.list_counts.deferred_since is 'Date of the first of the publications in a row that had no time for these users; infinity for those who do not wait.';
comment on column monitor.list_counts.user_count is 'Users.';
comment on column monitor.list_counts.mean_event_count_28d is 'Mean events of these users in the four weeks before the date; null where there is no snapshot of any.';

create table monitor.funnel_history (
    publication_id bigint not null,
    source text not null,
    stage_place smallint not null,
    stage text not null,
    in_count bigint not null,
    kept_count bigint not null,
    reason text not null,
    reason_count bigint not null,
    constraint funnel_history_rows_have_a_key primary key (publication_id, source, stage_place, reason),
    constraint funnel_history_loses_none check (in_count >= kept_count and kept_count >= 0)
);
comment on table monitor.funnel_history is 'The report monitor.funnel as the step monitor has stored it: stays when the publication is dropped.';
comment on column monitor.funnel_history.publication_id is 'The publication.';
comment on column monitor.funnel_history.source is 'The source: serving.sources.';
comment on column monitor.funnel_history.stage_place is 'Place of the stage: 0 before the first.';
comment on column monitor.funnel_history.stage is 'The stage.';
comment on column monitor.funnel_history.in_count is 'Candidates that came to the stage.';
comment on column monitor.funnel_history.kept_count is 'Those that went on to the next.';
comment on column monitor.funnel_history.reason is 'Why some ended here; empty where none did.';
comment on column monitor.funnel_history.reason_count is 'How many did for this reason.';

-- A report asks for some measures of all runs; the key begins with the run.
create index measures_by_name on monitor.measures (measure_name, run_id);

create table ops.data_owners (
    schema_name text not null,
    owner text not null,
    purpose text not null,
    constraint data_owners_have_a_key primary key (schema_name),
    constraint data_owner_has_a_name check (owner <> '')
);
comment on table ops.data_owners is 'Who answers for the tables of each schema: shown in the data dictionary. Change the rows to the names of your teams.';
comment on column ops.data_owners.schema_name is 'The schema.';
comment on column ops.data_owners.owner is 'Who answers for it.';
comment on column ops.data_owners.purpose is 'What the schema is there for.';
insert into ops.data_owners (schema_name, owner, purpose)
values
    ('source', 'data', 'What was imported: users, items and what happened.'),
    ('feature', 'data', 'What is computed from it, day by day and as of dates.'),
    ('model', 'models', 'Models, their measures and their embeddings.'),
    ('ann', 'models', 'Indexes of embeddings.'),
    ('serving', 'recommendations', 'What users get, and where every proposal went.'),
    ('monitor', 'operations', 'Checks, measures and reports.'),
    ('experiment', 'analysis', 'Experiments.'),
    ('ops', 'operations', 'Runs, steps, locks and migrations.');

create table ops.column_traits (
    place smallint not null,
    relation_pattern text not null,
    column_pattern text not null,
    unit text null,
    is_personal boolean null,
    reason text not null,
    constraint column_traits_have_a_key primary key (place),
    constraint column_trait_says_something check (unit is not null or is_personal is not null),
    constraint column_trait_has_a_reason check (reason <> '')
);
comment on table ops.column_traits is 'Rules for the data dictionary: units of columns by their names, and which hold data about a person beyond what stands in one row with a user_id.';
comment on column ops.column_traits.place is 'Of the rules that fit a column and say something of it, the one with the lowest place decides.';
comment on column ops.column_traits.relation_pattern is 'Regular expression that fits the whole of schema.table.';
comment on column ops.column_traits.column_pattern is 'Regular expression that fits the whole name of the column.';
comment on column ops.column_traits.unit is 'Unit of the numbers; null where the rule says nothing of it. Dates and moments are those of UTC without a rule.';
comment on column ops.column_traits.is_personal is 'Whether the column holds data about a person; null where the rule says nothing of it.';
comment on column ops.column_traits.reason is 'Why.';
insert into ops.column_traits (place, relation_pattern, column_pattern, unit, is_personal, reason)
values
    -- Data about persons.
    (10, 'source\.creators', '.*', null, true, 'Creators are persons.'),
    (11, '.*', '(.*_)?creator_ids?', null, true, 'Creators are persons.'),
    (12, 'source\.(item_versions|items)', 'caption', null, true, 'Written by a person.'),
    (13, 'source\.rejected_rows', 'raw_text|detail', null, true, 'Rows as they came, with whatever stood in them.'),
    (14, 'monitor\.check_results', 'sample', null, true, 'Rows of the data, users among them.'),
    (15, '.*', 'user_ids', null, true, 'Users.'),
    (16, '.*', 'deployed_by|author|acknowledged_by', null, true, 'Names a person who works with the system.'),
    (17, '.*', 'user_embedding_count|user_row_bytes|user_table_bytes', null, false, 'A figure over all users.'),
    -- Units by name, from the special to the general.
    (100, '.*', '.*seconds_per_1000_users', 'seconds per 1000 users', null, 'By name.'),
    (101, '.*', '.*_per_second', 'per second', null, 'By name.'),
    (102, '.*', '(.*_)?seconds', 'seconds', null, 'By name.'),
    (103, '.*', '(.*_)?milliseconds', 'milliseconds', null, 'By name.'),
    (104, '.*', '(.*_)?bytes', 'bytes', null, 'By name.'),
    (105, '.*', '(.*_)?days(_.*)?', 'days', null, 'By name.'),
    (106, '.*', '(.*_)?minutes', 'minutes', null, 'By name.'),
    (110, '.*', 'log_loss', 'nats', null, 'Cross-entropy with the natural logarithm.'),
    (111, '.*', '.*norm', 'length of an embedding', null, 'Euclidean.'),
    (112, '.*', '(user|item)_squared_error|.*quantisation_error', 'squared distance', null, 'Of embeddings.'),
    (113, '.*', 'effective_rank', 'directions', null, 'Exponential of an entropy over directions.'),
    (120, '.*', '(.*_)?(share|ratio|rate|lift|propensit(y|ies)|precision)(_[0-9]+d)?', 'ratio', null, 'By name.'),
    (121, '.*', '(.*_)?(recall|ndcg|hit_rate|mrr|coverage|gini|auc)(_(mean|minimum|[0-9]+))?', 'ratio', null, 'Measures in 0 to 1.'),
    (122, '.*', '.*fifth_percentile|error_growth|item_growth|imbalance', 'ratio', null, 'Relative to a share, to what was, or to a mean.'),
    (123, 'ann\.recall', 'mean|minimum', 'ratio', null, 'Recall.'),
    (124, '.*', 'calibration(_error)?|normalised_entropy|mean_prediction|predictions', 'ratio', null, 'Of probabilities.'),
    (130, '.*', '(.*_)?ids?|event_key|seed|.*_hash|.*_checksum', 'identifier', null, 'By name.'),
    (131, '.*', '(.*_)?(number|rank|place|position|priority|attempt|rung|bucket|interest|version|index)', 'ordinal', null, 'A place in an order, or one of several.'),
    (132, 'serving\.recommendation_lists', 'slot_kinds', 'code', null, 'What kind of place: 0 ranked, others as the comment says.'),
    (140, '.*', '(.*_)?counts?(_[0-9]+d)?', 'count', null, 'By name.'),
    (141, '.*', 'rows_in|rows_out|(added|removed|moved)_items|sample_size|.*_places|quota|shortfall', 'count', null, 'How many.'),
    (142, '.*', '(.*_)?cutoffs?|probes|dimension|.*list_length|(deferred|users_without)_?.*', 'count', null, 'How many.'),
    (150, 'source\.interactions', 'value', 'that of the action', null, 'Seconds watched, stars, money: source.actions says what.'),
    (151, '.*', 'value_sum', 'that of the action', null, 'Sum of source.interactions.value.'),
    (152, 'monitor\.(measures|run_measures)', 'value', 'that of the column unit', null, 'Each row says it.'),
    (153, '.*', '(.*_)?(value|values|bound|difference|lower|upper|threshold|statistic)', 'that of the measure', null, 'Each row names its measure.'),
    (154, 'monitor\.(alerts|alert_history)', 'peak', 'that of the measure', null, 'Each row names its measure.'),
    (155, 'monitor\.alert_rules', 'for_runs', 'runs', null, 'By name.'),
    (156, 'monitor\.response_settings', 'hysteresis_runs', 'runs', null, 'By name.'),
    (157, 'monitor\.(receivers|response_settings)', '(attempt|daily)_limit', 'count', null, 'How many.'),
    (158, 'monitor\.(drift|feature_drift|drift_settings)', '(smallest_)?effect', 'that of the measure', null, 'Each row names its statistic.'),
    (159, 'monitor\.(drift|feature_drift|drift_settings)', 'significance|degrees_of_freedom', 'number', null, 'Without a unit.'),
    (160, '.*', '(.*_)?(score|scores|affinity|similarity|similarities|weight|weights|multiplier|multipliers|term|terms|factor|factors|draws|contribution|freshness|popularity|momenta|slope|intercept|scale|sign)', 'number', null, 'Without a unit.'),
    (161, '.*', '(.*_)?(components|embedding|centroid|vector)', 'coordinates', null, 'Of a space of embeddings or features.'),
    (162, 'monitor\.drift_(observations|references)', 'mean|standard_error|deviation|lowest|highest|bin_edges', 'that of the feature', null, 'Each row names its feature.'),
    (163, 'monitor\.feature_drift', '(current|reference)_mean', 'that of the feature', null, 'Each row names its feature.'),
    (164, 'monitor\.served_features', 'numbers', 'that of the feature', null, 'As the ranker read them.'),
    (165, 'monitor\.event_days', 'value_(minimum|maximum)', 'that of the action', null, 'Of source.interactions.value.');
