-- The funnel: sources with quotas, filters, rules, the fate of every candidate, and scores whose terms
-- and multipliers are stored.

-- What likes go together: a snapshot like the others of its date.
create table feature.item_neighbours (
    item_id bigint not null,
    as_of_date date not null,
    neighbour_ids bigint[] not null,
    similarities real[] not null,
    constraint item_neighbours_have_a_key primary key (item_id, as_of_date),
    constraint neighbour_arrays_have_one_length check (
        cardinality(neighbour_ids) >= 1 and cardinality(neighbour_ids) = cardinality(similarities))
) partition by range (as_of_date);
comment on table feature.item_neighbours is 'Items that the same users like, as of a date.';
comment on column feature.item_neighbours.item_id is 'The item.';
comment on column feature.item_neighbours.as_of_date is 'Only what was known before 00:00 UTC of this date was used.';
comment on column feature.item_neighbours.neighbour_ids is 'Items liked by the same users, most similar first.';
comment on column feature.item_neighbours.similarities is 'Cosine of who liked them, shrunk towards 0 where few did.';

alter table feature.snapshots
    drop constraint snapshot_grain_is_known,
    add constraint snapshot_grain_is_known check (grain in ('item', 'user', 'source'));
comment on column feature.snapshots.grain is 'item, user, or source (what sources of candidates read).';

-- Cohorts: users of one language and region, known from the profile alone.
alter table feature.user_snapshots
    add column language text null,
    add column region text null;
comment on column feature.user_snapshots.language is 'Attribute language of the user, else the first of the attribute languages; null where not known.';
comment on column feature.user_snapshots.region is 'Attribute region of the user, else the attribute country; null where not known.';

create table feature.trending_items (
    as_of_date date not null,
    tag text not null,
    language text not null,
    region text not null,
    item_ids bigint[] not null,
    momenta real[] not null,
    constraint trending_items_have_a_key primary key (as_of_date, tag, language, region),
    constraint trending_arrays_have_one_length check (
        cardinality(item_ids) >= 1 and cardinality(item_ids) = cardinality(momenta))
);
comment on table feature.trending_items is 'Charts of what is rising as of a date: over all, by tag, and by region, for readers of each language.';
comment on column feature.trending_items.as_of_date is 'Only what was known before 00:00 UTC of this date was used.';
comment on column feature.trending_items.tag is 'Tag of the items; empty for all items.';
comment on column feature.trending_items.language is 'Language of the users the chart is for: items in it, and items without one. Empty for users without one: any item.';
comment on column feature.trending_items.region is 'Region of the users whose events count; empty for all users.';
comment on column feature.trending_items.item_ids is 'Items, the fastest rising first.';
comment on column feature.trending_items.momenta is 'How fast each rises, as a share of the first: decayed positive events times their smoothed rate.';

-- Sources: which propose, how many, and who a candidate of several counts for.
alter table serving.sources
    add column is_enabled boolean not null default true,
    add column quota integer not null default 0,
    add column priority smallint null,
    add column first_stage_places integer not null default 0,
    add column parameters jsonb not null default '{}',
    add constraint source_quota_is_not_negative check (quota >= 0),
    add constraint first_stage_places_are_not_negative check (first_stage_places >= 0),
    add constraint source_parameters_are_an_object check (jsonb_typeof(parameters) = 'object'),
    add constraint source_priorities_are_unique unique (priority);
comment on table serving.sources is 'Where candidates come from. To change a quota, a parameter or a switch, update its row: the next run reads it, and serving.publication_sources keeps what a publication was made with.';
comment on column serving.sources.is_enabled is 'Whether it is asked.';
comment on column serving.sources.quota is 'Candidates for each user, at most.';
comment on column serving.sources.priority is 'An item that several sources propose counts for that of the smallest number. Null: never asked for candidates.';
comment on column serving.sources.first_stage_places is 'Of its candidates, as many pass the first stage for their place in its list, whatever their score there: what one model alone scores, no other source could ever show.';
comment on column serving.sources.parameters is 'Parameters of its statement, sql/retrieve/sources/<source_name>.sql, by name.';

update serving.sources
set quota = case source_name when 'two_tower' then 500 when 'popular' then 100 else 0 end,
    priority = case source_name when 'two_tower' then 1 when 'popular' then 7 end;

insert into serving.sources
    (source_id, source_name, quota, priority, first_stage_places, parameters, description)
values
    (4, 'similar_to_recent', 200, 2, 20, '{}', 'Items that the same users like as what the user liked lately.'),
    (5, 'engaged_creators', 100, 3, 10, '{}', 'Items of the creators whom the user follows or engages with.'),
    (6, 'cohort_trending', 100, 4, 10, '{}', 'Items that are rising among the tags that the user is drawn to, in the user''s language; for a user of whom only a profile is known, in their language and region.'),
    (7, 'fresh', 50, 5, 10, '{"owed_exposures": 100, "owed_hours": 72, "arrears_days": 60}', 'New items, and items that were not shown as often as they were owed when they were new.'),
    (8, 'rediscovered_creators', 50, 6, 10, '{"rediscovery_days": 14}', 'Items of creators whom the user liked once and has not met for long.');

create table serving.publication_sources (
    publication_id bigint not null,
    source_id smallint not null,
    quota integer not null,
    priority smallint not null,
    first_stage_places integer not null,
    parameters jsonb not null,
    left_out_reason text null,
    constraint publication_sources_have_a_key primary key (publication_id, source_id),
    constraint source_is_left_out_for_a_known_reason check (left_out_reason in ('breaker_open', 'failed'))
);
comment on table serving.publication_sources is 'The sources of a publication, as they were set, and which of them it had to go without.';
comment on column serving.publication_sources.publication_id is 'The publication.';
comment on column serving.publication_sources.source_id is 'The source: serving.sources.';
comment on column serving.publication_sources.quota is 'Candidates for each user, at most.';
comment on column serving.publication_sources.priority is 'An item that several sources propose counts for that of the smallest number.';
comment on column serving.publication_sources.first_stage_places is 'Candidates that pass the first stage for their place in its list.';
comment on column serving.publication_sources.parameters is 'Parameters of its statement.';
comment on column serving.publication_sources.left_out_reason is 'Null where it was asked and answered. breaker_open: not asked, since it had failed run after run. failed: its statement raised an error twice; users who had been proposed items by then keep them.';

-- What fails run after run is not tried every night.
create table ops.breakers (
    breaker_name text not null,
    failure_count integer not null,
    failed_run_id bigint not null,
    error_message text not null,
    opened_on date null,
    updated_at timestamptz not null default clock_timestamp(),
    constraint breakers_have_a_key primary key (breaker_name),
    constraint breaker_has_a_failure check (failure_count >= 1)
);
comment on table ops.breakers is 'Parts of a job that failed in the last run that tried them. Where an open one is to be tried again at once, delete its row.';
comment on column ops.breakers.breaker_name is 'What failed, such as source/fresh.';
comment on column ops.breakers.failure_count is 'Runs in a row that it failed in.';
comment on column ops.breakers.failed_run_id is 'The last of them.';
comment on column ops.breakers.error_message is 'First line of the error, without any value of the data.';
comment on column ops.breakers.opened_on is 'Date of the run that opened the breaker: what is behind it is left out, and tried again some days later. Null while it is closed.';
comment on column ops.breakers.updated_at is 'When the row changed last.';

-- Filters: what is taken out, and why.
create table serving.filters (
    filter_name text not null,
    priority smallint not null,
    is_enabled boolean not null default true,
    parameters jsonb not null default '{}',
    description text not null,
    constraint filters_have_a_key primary key (filter_name),
    constraint filter_priorities_are_unique unique (priority),
    constraint filter_parameters_are_an_object check (jsonb_typeof(parameters) = 'object')
);
comment on table serving.filters is 'What takes candidates out before they are ranked: sql/rank/filters/<filter_name>. Update a row to switch a filter or to set it.';
comment on column serving.filters.filter_name is 'Name of the filter: the reason that a candidate carries.';
comment on column serving.filters.priority is 'A candidate that several filters take out carries the reason of the smallest number.';
comment on column serving.filters.is_enabled is 'Whether it is applied. The filter removed always is.';
comment on column serving.filters.parameters is 'Parameters of its statements, by name.';
comment on column serving.filters.description is 'What it takes out.';

insert into serving.filters (filter_name, priority, parameters, description) values
    ('removed', 1, '{}', 'Items that were removed.'),
    ('not_yet_public', 2, '{}', 'Items that are to be published later.'),
    ('policy', 3, '{"removed_flags": ["violating"]}', 'Items whose attribute policy_flags, an array, has one of these flags.'),
    ('region', 4, '{}', 'Items that are blocked in the region of the user.'),
    ('language', 5, '{}', 'Items in a language that the user does not read.'),
    ('hidden_item', 6, '{}', 'Items that the user hid or reported.'),
    ('hidden_creator', 7, '{"hide_days": 14}', 'Items of creators of whom the user hid several lately.'),
    ('hidden_tag', 8, '{"hide_days": 14, "largest_share": 0.25}', 'Items with a tag of which the user hid several lately.'),
    ('seen', 9, '{"seen_days": 7, "seen_count": 3}', 'Items that the user liked already, or was shown often lately.');

-- Weights: the tasks of the ranker beside the terms there were.
alter table serving.weights
    add column author text not null default current_user,
    drop constraint weight_is_of_a_known_term,
    add constraint weight_is_of_a_known_term check (term_name in (
        'affinity', 'popularity', 'freshness', 'engagement', 'click', 'like', 'comment', 'forward',
        'follow', 'long_view', 'hide', 'watch_time'));
comment on column serving.weights.term_name is 'affinity, popularity, freshness, or a task of the ranker: what a publication has no term for counts nothing.';
comment on column serving.weights.author is 'Who added the version.';

insert into serving.weights (weights_version, term_name, weight, reason) values
    (2, 'affinity', 1, 'The retrieval model leads.'),
    (2, 'popularity', 0.05, 'Breaks near ties towards what many liked lately.'),
    (2, 'freshness', 0.02, 'A small push for what is new.'),
    (2, 'like', 0.1, 'What the ranker expects says whether an item pleases once it is shown, not whether it is sought.'),
    (2, 'comment', 0.1, 'As a like.'),
    (2, 'forward', 0.1, 'As a like.'),
    (2, 'follow', 0.1, 'As a like.'),
    (2, 'long_view', 0.1, 'As a like.'),
    (2, 'hide', -0.5, 'One who hides an item minds more than one who likes it cares.');

-- Rules of the re-ranker.
create table serving.rules (
    rule_name text not null,
    rule_version integer not null,
    is_enabled boolean not null,
    parameters jsonb not null,
    author text not null default current_user,
    reason text not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint rules_have_a_key primary key (rule_name, rule_version),
    constraint rule_parameters_are_an_object check (jsonb_typeof(parameters) = 'object')
);
comment on table serving.rules is 'Rules by which scores are multiplied and lists are ordered; of each rule the highest version is used. Never changed: a new version is added.';
comment on column serving.rules.rule_name is 'Name of the rule; docs/reranking.md explains each.';
comment on column serving.rules.rule_version is 'Version, rising.';
comment on column serving.rules.is_enabled is 'Whether it is applied.';
comment on column serving.rules.parameters is 'Its settings.';
comment on column serving.rules.author is 'Who added the version.';
comment on column serving.rules.reason is 'Why it is so.';
comment on column serving.rules.created_at is 'When the version was added.';

insert into serving.rules (rule_name, rule_version, is_enabled, parameters, reason) values
    ('policy_demotion', 1, true, '{"multipliers": {"borderline": 0.3}}', 'What may be shown need not be pushed.'),
    ('hide_memory', 1, true, '{"hard_days": 14, "start": 0.2, "recovery_days": 140}', 'Who hid several items of a creator wants less of them.'),
    ('fatigue', 1, true, '{"decay": 0.7, "floor": 0.1, "window_days": 14}', 'What was shown and passed over gives way.'),
    ('out_of_network', 1, false, '{"multiplier": 0.75}', 'Discovery is for what one does not follow yet.'),
    ('freshness_boost', 1, false, '{"boost": 0.2, "half_life_hours": 24}', 'The term freshness does this already.'),
    ('exposure_cap', 1, false, '{"largest_share": 0.01, "floor": 0.2}', 'Switch it on where a few items take over the day.'),
    ('creator_spacing', 1, true, '{"decay": 0.5, "floor": 0.25}', 'Not one creator after the other.'),
    ('creator_cap', 1, false, '{"limit": 10}', 'Spacing is enough where creators are many.'),
    ('mmr', 1, false, '{"strength": 0.3, "window": 10}', 'Costs some accuracy: switch it on where lists look alike.'),
    ('dpp', 1, false, '{"similarity": "tags", "theta": 0.65, "window": 50, "ridge": 0.01}', 'In place of mmr.'),
    ('epsilon_exploration', 1, false, '{"epsilon": 0.1, "slots": {"places": [15], "sources": [7], "pool_size": 20, "seed": 1}}', 'Switch it on where new items are to be tried.'),
    ('thompson_exploration', 1, false, '{"alpha": 1, "beta": 20, "exposure_limit": 1000, "samples": 500, "slots": {"places": [15], "sources": [7], "pool_size": 20, "seed": 1}}', 'In place of epsilon_exploration.');

create table serving.publication_terms (
    publication_id bigint not null,
    place smallint not null,
    term_name text not null,
    weight double precision not null,
    constraint publication_terms_have_a_key primary key (publication_id, place),
    constraint publication_terms_are_unique unique (publication_id, term_name),
    constraint term_places_count_from_one check (place >= 1)
);
comment on table serving.publication_terms is 'The terms of the scores of a publication, in the order in which serving.recommendation_lists has them, and their weights.';
comment on column serving.publication_terms.publication_id is 'The publication.';
comment on column serving.publication_terms.place is 'Place among the terms, from 1.';
comment on column serving.publication_terms.term_name is 'The term: serving.weights.';
comment on column serving.publication_terms.weight is 'What it is multiplied with.';

create table serving.publication_rules (
    publication_id bigint not null,
    place smallint not null,
    rule_name text not null,
    rule_version integer not null,
    parameters jsonb not null,
    has_multiplier boolean not null,
    constraint publication_rules_have_a_key primary key (publication_id, place),
    constraint publication_rules_are_unique unique (publication_id, rule_name),
    constraint rule_places_count_from_one check (place >= 1)
);
comment on table serving.publication_rules is 'The rules of a publication: first those whose multipliers stand in its lists, in their order.';
comment on column serving.publication_rules.publication_id is 'The publication.';
comment on column serving.publication_rules.place is 'Place among the multipliers, from 1.';
comment on column serving.publication_rules.rule_name is 'The rule.';
comment on column serving.publication_rules.rule_version is 'The version that was applied: serving.rules.';
comment on column serving.publication_rules.parameters is 'Its settings.';
comment on column serving.publication_rules.has_multiplier is 'Whether the lists have a multiplier of it; a cap and exploration have none.';

-- Lists carry the terms and multipliers of any model and any rules.
alter table serving.recommendation_lists
    add column terms real[] null,
    add column multipliers real[] not null default '{}',
    add column slot_kinds smallint[] null,
    add column propensities real[] null,
    add column because_item_ids bigint[] null;

insert into serving.publication_terms (publication_id, place, term_name, weight)
select p.publication_id, t.place, w.term_name, w.weight
from serving.publications as p
inner join serving.weights as w on w.weights_version = p.weights_version
inner join (values ('affinity', 1), ('popularity', 2), ('freshness', 3)) as t (term_name, place)
    on t.term_name = w.term_name;

update serving.recommendation_lists as l
set terms = (
        select array_agg(t.term::real order by r.rank, t.place)
        from unnest(l.affinities, l.popularities, l.freshnesses) with ordinality
            as r (affinity, popularity, freshness, rank)
        cross join lateral (values (1, r.affinity), (2, r.popularity), (3, r.freshness)) as t (place, term)),
    slot_kinds = array_fill(0::smallint, array[cardinality(l.item_ids)]),
    propensities = array_fill(1::real, array[cardinality(l.item_ids)]),
    because_item_ids = '{}';

-- They read the columns; sql/views makes them anew.
drop view if exists serving.current_recommendations, serving.recommendations;

alter table serving.recommendation_lists
    drop constraint recommendation_arrays_have_one_length,
    drop column affinities,
    drop column popularities,
    drop column freshnesses,
    alter column terms set not null,
    alter column multipliers drop default,
    alter column slot_kinds set not null,
    alter column propensities set not null,
    alter column because_item_ids set not null,
    add constraint recommendation_arrays_have_one_length check (
        cardinality(item_ids) = cardinality(scores)
        and cardinality(item_ids) = cardinality(source_ids)
        and cardinality(item_ids) = cardinality(slot_kinds)
        and cardinality(item_ids) = cardinality(propensities)
        and cardinality(because_item_ids) in (0, cardinality(item_ids))
        and cardinality(terms) % cardinality(item_ids) = 0
        and cardinality(multipliers) % cardinality(item_ids) = 0);
comment on column serving.recommendation_lists.scores is 'Score of each: the sum of weight times term, times every multiplier.';
comment on column serving.recommendation_lists.terms is 'Terms of the first item in the order of serving.publication_terms, then those of the second, ...';
comment on column serving.recommendation_lists.multipliers is 'Multipliers of the first item in the order of serving.publication_rules, then those of the second, ...';
comment on column serving.recommendation_lists.slot_kinds is '0 where the best was taken, 1 where chance put the item, 2 where chance might have put another.';
comment on column serving.recommendation_lists.propensities is 'Probability with which the item was to stand at its place, given those before it: 1 where nothing was left to chance.';
comment on column serving.recommendation_lists.because_item_ids is 'Item of the history that is most like each; empty for a user without a history.';

-- Nobody gets nothing: whose turn did not come keeps a list or falls back on that of the cohort.
alter table serving.recommendation_lists
    add column list_kind text not null default 'model',
    add constraint list_kind_is_known check (list_kind in ('model', 'kept', 'fallback'));
update serving.recommendation_lists
set list_kind = 'fallback'
where source_ids[1] = (select s.source_id from serving.sources as s where s.source_name = 'fallback');
comment on column serving.recommendation_lists.list_kind is 'model: ranked for this publication. kept: the list of the publication before, as the time of the step rank was up. fallback: what is popular in the cohort of the user, for want of either.';

alter table serving.fallbacks
    add column language text not null default '',
    add column region text not null default '',
    drop constraint fallbacks_have_a_key,
    drop constraint fallback_items_are_unique,
    add constraint fallbacks_have_a_key primary key (publication_id, language, region, rank),
    add constraint fallback_items_are_unique unique (publication_id, language, region, item_id);
comment on table serving.fallbacks is 'What is recommended to those for whom there is no list: the most popular items of the last days, in each cohort and over all.';
comment on column serving.fallbacks.language is 'Language of the users of the cohort; empty for those without one, and over all.';
comment on column serving.fallbacks.region is 'Region of the users of the cohort; empty for those without one, and over all.';
comment on column serving.fallbacks.positive_count is 'Positive events behind its place, of users of the cohort.';

-- What went into the re-ranker, so that it can be done again under other weights.
create table serving.ranked_lists (
    publication_id bigint not null,
    user_id bigint not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    item_ids bigint[] not null,
    source_ids smallint[] not null,
    terms real[] not null,
    factors real[] not null,
    draws real[] not null,
    constraint ranked_lists_have_a_key primary key (user_id, publication_id),
    constraint ranked_arrays_have_one_length check (
        cardinality(item_ids) >= 1
        and cardinality(item_ids) = cardinality(source_ids)
        and cardinality(draws) % cardinality(item_ids) = 0
        and cardinality(terms) % cardinality(item_ids) = 0
        and cardinality(factors) % cardinality(item_ids) = 0)
) partition by list (publication_id);
comment on table serving.ranked_lists is 'Every item that was scored for a user by the second stage, by item_id; kept for the newest publications only. serving.what_if ranks them again.';
comment on column serving.ranked_lists.publication_id is 'The publication.';
comment on column serving.ranked_lists.user_id is 'The user.';
comment on column serving.ranked_lists.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column serving.ranked_lists.item_ids is 'Items, ascending.';
comment on column serving.ranked_lists.source_ids is 'Source that each counts for.';
comment on column serving.ranked_lists.terms is 'Terms of the first item in the order of serving.publication_terms, then those of the second, ...';
comment on column serving.ranked_lists.factors is 'Factors of the rules that do not depend on the rest of the list, of the first item in the order of serving.publication_rules, then those of the second, ...: what a value is multiplied with, or divided by where it is negative.';
comment on column serving.ranked_lists.draws is 'What chance gave the first item at each place of exploration, then the second, ...; empty without exploration.';

-- What became of every proposal.
create table serving.fates (
    fate_id smallint not null,
    stage text not null,
    stage_place smallint not null,
    reason text not null,
    description text not null,
    constraint fates_have_a_key primary key (fate_id),
    constraint fate_reasons_are_unique unique (stage, reason),
    constraint fate_stage_is_known check ((stage, stage_place) in (
        ('rank', 0), ('merge', 1), ('filter', 2), ('first_stage', 3), ('rerank', 4), ('published', 5)))
);
comment on table serving.fates is 'Where a proposal can end.';
comment on column serving.fates.fate_id is 'Identifier, as in serving.candidate_fates.';
comment on column serving.fates.stage is 'The stage at which it ended: rank (the step did not come to the user), merge, filter, first_stage, rerank; or published.';
comment on column serving.fates.stage_place is 'Place of the stage in the funnel: 0 before the first.';
comment on column serving.fates.reason is 'Why.';
comment on column serving.fates.description is 'In words.';

insert into serving.fates (fate_id, stage, stage_place, reason, description) values
    (1, 'merge', 1, 'duplicate', 'A source of higher priority proposed the item too; it goes on there.'),
    (2, 'merge', 1, 'unknown_item', 'The item has no embedding: it became known after the model''s items were read.'),
    (5, 'rank', 0, 'deferred', 'The time of the step was up before it was the turn of the user, who keeps a list or falls back on another.'),
    (10, 'filter', 2, 'removed', 'The item was removed.'),
    (11, 'filter', 2, 'not_yet_public', 'The item is to be published later.'),
    (12, 'filter', 2, 'policy', 'A policy takes the item out.'),
    (13, 'filter', 2, 'region', 'The item is blocked in the region of the user.'),
    (14, 'filter', 2, 'language', 'The user does not read the language of the item.'),
    (15, 'filter', 2, 'hidden_item', 'The user hid or reported the item.'),
    (16, 'filter', 2, 'hidden_creator', 'The user hid several items of the creator lately.'),
    (17, 'filter', 2, 'hidden_tag', 'The user hid several items with one of its tags lately.'),
    (18, 'filter', 2, 'seen', 'The user liked the item already, or was shown it often lately.'),
    (30, 'first_stage', 3, 'low_score', 'Others had a higher score in the first stage.'),
    (40, 'rerank', 4, 'below_length', 'Others had filled the list.'),
    (41, 'rerank', 4, 'creator_cap', 'The list held enough of the creator.'),
    (42, 'rerank', 4, 'suppressed', 'A rule multiplied its score with 0.'),
    (50, 'published', 5, 'best', 'It stands in the list for its score.'),
    (51, 'published', 5, 'exploration', 'It stands in the list at a place of exploration.');

create table serving.candidate_fates (
    publication_id bigint not null,
    user_id bigint not null,
    source_id smallint not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    fate_ids smallint[] not null,
    constraint candidate_fates_have_a_key primary key (user_id, publication_id, source_id)
) partition by list (publication_id);
comment on table serving.candidate_fates is 'What became of each item of serving.candidate_lists, in the same order. serving.why_not reads it for a user and an item.';
comment on column serving.candidate_fates.publication_id is 'The publication.';
comment on column serving.candidate_fates.user_id is 'The user.';
comment on column serving.candidate_fates.source_id is 'The source: serving.sources.';
comment on column serving.candidate_fates.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column serving.candidate_fates.fate_ids is 'What became of each proposal: serving.fates.';

create table serving.funnel_counts (
    publication_id bigint not null,
    source_id smallint not null,
    fate_id smallint not null,
    first_bucket smallint not null,
    candidate_count bigint not null,
    constraint funnel_counts_have_a_key primary key (publication_id, source_id, fate_id, first_bucket),
    constraint funnel_count_is_positive check (candidate_count >= 1)
);
comment on table serving.funnel_counts is 'How many proposals of a source ended where, as the step rank counted them. monitor.funnel adds them up.';
comment on column serving.funnel_counts.publication_id is 'The publication.';
comment on column serving.funnel_counts.source_id is 'The source.';
comment on column serving.funnel_counts.fate_id is 'Where they ended: serving.fates.';
comment on column serving.funnel_counts.first_bucket is 'First bucket of the users that were ranked together.';
comment on column serving.funnel_counts.candidate_count is 'Proposals.';

-- What is measured is the whole funnel, where it was a blend of two sources. A ranker reads a two-tower
-- that knows nothing of the days it learns from.
alter table model.models
    add column base_model_id bigint null,
    drop constraint model_kind_is_known,
    drop constraint model_purpose_is_known;
update model.models set kind = 'funnel' where kind = 'blend';
alter table model.models
    add constraint model_kind_is_known check (
        kind in ('two_tower', 'popularity', 'item_cosine', 'funnel', 'ranker', 'logistic')),
    add constraint model_purpose_is_known check (purpose in ('base', 'evaluation', 'serving')),
    add constraint model_base_is_a_model
        foreign key (base_model_id) references model.models (model_id),
    add constraint only_a_ranker_has_a_base check ((kind = 'ranker') = (base_model_id is not null));
comment on column model.models.kind is 'two_tower, ranker, popularity, item_cosine, logistic (a logistic regression on what the ranker reads), or funnel (all stages together).';
comment on column model.models.purpose is 'evaluation (trained without what is held out), serving (trained on everything known), or base (a two-tower for the ranker that is evaluated to read: trained without the days that this learns from).';
comment on column model.models.base_model_id is 'The two-tower whose embeddings and scores a ranker reads.';

alter table model.checkpoints
    drop constraint checkpoint_purpose_is_known,
    add constraint checkpoint_purpose_is_known check (purpose in ('base', 'evaluation', 'serving'));

create table model.calibrations (
    model_id bigint not null,
    task_name text not null,
    surface text not null,
    observation_count bigint not null,
    slope double precision null,
    intercept double precision null,
    scores double precision[] not null,
    predictions double precision[] not null,
    constraint calibrations_have_a_key primary key (model_id, task_name, surface),
    constraint calibration_belongs_to_a_model
        foreign key (model_id) references model.models (model_id) on delete cascade,
    constraint calibration_is_a_line_or_points check (
        (slope is null) = (intercept is null)
        and (slope is null) = (cardinality(scores) > 0)
        and cardinality(scores) = cardinality(predictions))
);
comment on table model.calibrations is 'What the predictions of a ranker are mapped to, so that they come true as often as they say. Of two kinds: slope and intercept of the log-odds, or points joined by straight lines.';
comment on column model.calibrations.model_id is 'The ranker.';
comment on column model.calibrations.task_name is 'The task.';
comment on column model.calibrations.surface is 'The surface; empty for those that have no curve of their own.';
comment on column model.calibrations.observation_count is 'Exposures that it was fitted to.';
comment on column model.calibrations.slope is 'What the log-odds are multiplied with; null for points.';
comment on column model.calibrations.intercept is 'What is added then.';
comment on column model.calibrations.scores is 'Predictions, ascending; empty for a line.';
comment on column model.calibrations.predictions is 'What each is mapped to.';

comment on column model.metrics.cohort is 'Which users: all, an activity cohort, or new_users (with fewer positives than the evaluation asks for; not among all). new_items: the users of all, of whom only what is held out counts that nobody had liked before.';

alter table serving.publications add column ranker_model_id bigint null;
comment on column serving.publications.ranker_model_id is 'The ranker behind its terms; null where there was none.';
