-- The feature layer. Daily aggregates carry both days, the one on which something happened and the
-- one on which it became known: what is known later lands in later rows, so a closed day never
-- changes and a snapshot as of a date is the same whenever it is built.

create table feature.days (
    known_date date not null,
    interaction_count bigint not null,
    built_at timestamptz not null default clock_timestamp(),
    constraint days_have_a_key primary key (known_date)
);
comment on table feature.days is 'Days whose interactions have been aggregated.';
comment on column feature.days.known_date is 'UTC day on which the interactions became known.';
comment on column feature.days.interaction_count is 'Interactions of that day.';
comment on column feature.days.built_at is 'When the aggregates of the day were made.';

create table feature.user_action_days (
    user_id bigint not null,
    known_date date not null,
    occurred_date date not null,
    action_id smallint not null,
    event_count integer not null,
    value_sum double precision not null,
    constraint user_action_days_have_a_key
        primary key (user_id, known_date, occurred_date, action_id),
    constraint user_action_day_counts_at_least_one check (event_count >= 1)
) partition by range (known_date);
comment on table feature.user_action_days is 'Events by user, action and day.';
comment on column feature.user_action_days.user_id is 'The user.';
comment on column feature.user_action_days.known_date is 'UTC day on which the events became known.';
comment on column feature.user_action_days.occurred_date is 'UTC day on which the events happened.';
comment on column feature.user_action_days.action_id is 'The action.';
comment on column feature.user_action_days.event_count is 'Events, exact duplicates counted once.';
comment on column feature.user_action_days.value_sum is 'Sum of the values of the events.';

create index user_action_days_by_known_date on feature.user_action_days (known_date);

create table feature.item_user_days (
    item_id bigint not null,
    user_id bigint not null,
    action_id smallint not null,
    known_date date not null,
    occurred_date date not null,
    event_count integer not null,
    value_sum double precision not null,
    constraint item_user_days_have_a_key
        primary key (item_id, user_id, action_id, known_date, occurred_date),
    constraint item_user_day_counts_at_least_one check (event_count >= 1)
) partition by range (known_date);
comment on table feature.item_user_days is 'Events by item, user, action and day: the step between events by user and counts by item.';
comment on column feature.item_user_days.item_id is 'The item.';
comment on column feature.item_user_days.user_id is 'The user.';
comment on column feature.item_user_days.action_id is 'The action.';
comment on column feature.item_user_days.known_date is 'UTC day on which the events became known.';
comment on column feature.item_user_days.occurred_date is 'UTC day on which the events happened.';
comment on column feature.item_user_days.event_count is 'Events, exact duplicates counted once.';
comment on column feature.item_user_days.value_sum is 'Sum of the values of the events.';

create index item_user_days_by_known_date on feature.item_user_days (known_date);

create table feature.item_action_days (
    item_id bigint not null,
    known_date date not null,
    occurred_date date not null,
    action_id smallint not null,
    event_count integer not null,
    user_count integer not null,
    value_sum double precision not null,
    constraint item_action_days_have_a_key
        primary key (item_id, known_date, occurred_date, action_id),
    constraint item_action_day_has_no_more_users_than_events
        check (user_count between 1 and event_count)
) partition by range (known_date);
comment on table feature.item_action_days is 'Events by item, action and day.';
comment on column feature.item_action_days.item_id is 'The item.';
comment on column feature.item_action_days.known_date is 'UTC day on which the events became known.';
comment on column feature.item_action_days.occurred_date is 'UTC day on which the events happened.';
comment on column feature.item_action_days.action_id is 'The action.';
comment on column feature.item_action_days.event_count is 'Events, exact duplicates counted once.';
comment on column feature.item_action_days.user_count is 'Users among them.';
comment on column feature.item_action_days.value_sum is 'Sum of the values of the events.';

create index item_action_days_by_known_date on feature.item_action_days (known_date);

create table feature.snapshots (
    as_of_date date not null,
    grain text not null,
    definition_checksum text not null,
    row_count bigint not null,
    built_at timestamptz not null default clock_timestamp(),
    constraint snapshots_have_a_key primary key (as_of_date, grain),
    constraint snapshot_grain_is_known check (grain in ('item', 'user'))
);
comment on table feature.snapshots is 'Snapshots that have been built, and from which definition.';
comment on column feature.snapshots.as_of_date is 'The snapshot knows what was known before 00:00 UTC of this date.';
comment on column feature.snapshots.grain is 'item or user.';
comment on column feature.snapshots.definition_checksum is 'SHA-256 of the SQL text and its parameters: another definition means a new build.';
comment on column feature.snapshots.row_count is 'Rows written.';
comment on column feature.snapshots.built_at is 'When it was built.';

create table feature.item_action_windows (
    item_id bigint not null,
    as_of_date date not null,
    action_id smallint not null,
    event_count_1d integer not null,
    event_count_7d integer not null,
    event_count_28d integer not null,
    rate_1d double precision not null,
    rate_7d double precision not null,
    rate_28d double precision not null,
    last_occurred_date date not null,
    constraint item_action_windows_have_a_key primary key (item_id, as_of_date, action_id),
    constraint item_action_windows_are_nested
        check (event_count_1d <= event_count_7d and event_count_7d <= event_count_28d)
) partition by range (as_of_date);
comment on table feature.item_action_windows is 'Events on an item by action over the last 1, 7 and 28 days before a date, and their rates per impression.';
comment on column feature.item_action_windows.item_id is 'The item.';
comment on column feature.item_action_windows.as_of_date is 'Only what was known before 00:00 UTC of this date is counted.';
comment on column feature.item_action_windows.action_id is 'The action.';
comment on column feature.item_action_windows.event_count_1d is 'Events of the day before.';
comment on column feature.item_action_windows.event_count_7d is 'Events of the 7 days before.';
comment on column feature.item_action_windows.event_count_28d is 'Events of the 28 days before.';
comment on column feature.item_action_windows.rate_1d is 'Events per impression over 1 day, smoothed towards the rate of all items.';
comment on column feature.item_action_windows.rate_7d is 'Events per impression over 7 days, smoothed.';
comment on column feature.item_action_windows.rate_28d is 'Events per impression over 28 days, smoothed.';
comment on column feature.item_action_windows.last_occurred_date is 'UTC day of the last event of the 28 days.';

create table feature.item_snapshots (
    item_id bigint not null,
    as_of_date date not null,
    age_days real null,
    days_since_last_event integer null,
    impression_count_1d integer not null,
    impression_count_7d integer not null,
    impression_count_28d integer not null,
    positive_count_1d integer not null,
    positive_count_7d integer not null,
    positive_count_28d integer not null,
    positive_rate_7d double precision not null,
    positive_rate_28d double precision not null,
    constraint item_snapshots_have_a_key primary key (item_id, as_of_date)
) partition by range (as_of_date);
comment on table feature.item_snapshots is 'State of every known item before a date: the numeric features of the item tower.';
comment on column feature.item_snapshots.item_id is 'The item.';
comment on column feature.item_snapshots.as_of_date is 'Only what was known before 00:00 UTC of this date is used.';
comment on column feature.item_snapshots.age_days is 'Days since the item was published; null where that is not known.';
comment on column feature.item_snapshots.days_since_last_event is 'Days since its last event in the last 28 days; null where there was none.';
comment on column feature.item_snapshots.impression_count_1d is 'Impressions of the day before.';
comment on column feature.item_snapshots.impression_count_7d is 'Impressions of the 7 days before.';
comment on column feature.item_snapshots.impression_count_28d is 'Impressions of the 28 days before.';
comment on column feature.item_snapshots.positive_count_1d is 'Positive events of the day before; the job says which actions are positives.';
comment on column feature.item_snapshots.positive_count_7d is 'Positive events of the 7 days before.';
comment on column feature.item_snapshots.positive_count_28d is 'Positive events of the 28 days before.';
comment on column feature.item_snapshots.positive_rate_7d is 'Positive events per impression over 7 days, smoothed towards the rate of all items.';
comment on column feature.item_snapshots.positive_rate_28d is 'Positive events per impression over 28 days, smoothed.';

create table feature.user_action_windows (
    user_id bigint not null,
    as_of_date date not null,
    action_id smallint not null,
    event_count_1d integer not null,
    event_count_7d integer not null,
    event_count_28d integer not null,
    rate_1d double precision not null,
    rate_7d double precision not null,
    rate_28d double precision not null,
    last_occurred_date date not null,
    constraint user_action_windows_have_a_key primary key (user_id, as_of_date, action_id),
    constraint user_action_windows_are_nested
        check (event_count_1d <= event_count_7d and event_count_7d <= event_count_28d)
) partition by range (as_of_date);
comment on table feature.user_action_windows is 'Events of a user by action over the last 1, 7 and 28 days before a date, and their rates per impression.';
comment on column feature.user_action_windows.user_id is 'The user.';
comment on column feature.user_action_windows.as_of_date is 'Only what was known before 00:00 UTC of this date is counted.';
comment on column feature.user_action_windows.action_id is 'The action.';
comment on column feature.user_action_windows.event_count_1d is 'Events of the day before.';
comment on column feature.user_action_windows.event_count_7d is 'Events of the 7 days before.';
comment on column feature.user_action_windows.event_count_28d is 'Events of the 28 days before.';
comment on column feature.user_action_windows.rate_1d is 'Events per impression over 1 day, smoothed towards the rate of all users.';
comment on column feature.user_action_windows.rate_7d is 'Events per impression over 7 days, smoothed.';
comment on column feature.user_action_windows.rate_28d is 'Events per impression over 28 days, smoothed.';
comment on column feature.user_action_windows.last_occurred_date is 'UTC day of the last event of the 28 days.';

create table feature.user_snapshots (
    user_id bigint not null,
    as_of_date date not null,
    activity_cohort text not null,
    active_days_28d smallint not null,
    event_count_28d integer not null,
    days_since_last_event integer null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    constraint user_snapshots_have_a_key primary key (user_id, as_of_date),
    constraint activity_cohort_is_known check (activity_cohort in ('new', 'low', 'medium', 'high'))
) partition by range (as_of_date);
comment on table feature.user_snapshots is 'State of every known user before a date: how active.';
comment on column feature.user_snapshots.user_id is 'The user.';
comment on column feature.user_snapshots.as_of_date is 'Only what was known before 00:00 UTC of this date is used.';
comment on column feature.user_snapshots.activity_cohort is 'new without events in 28 days; else low, medium or high at 1-2, 3-9, 10 or more active days.';
comment on column feature.user_snapshots.active_days_28d is 'Days with an event among the last 28.';
comment on column feature.user_snapshots.event_count_28d is 'Events in the last 28 days.';
comment on column feature.user_snapshots.days_since_last_event is 'Days since the last event in the last 28 days; null where there was none.';
comment on column feature.user_snapshots.bucket is 'Unit of sharded work, 0 to 1023.';

create table feature.user_histories (
    user_id bigint not null,
    as_of_date date not null,
    item_ids bigint[] not null,
    occurred_dates date[] not null,
    weights real[] not null,
    positive_count integer not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    constraint user_histories_have_a_key primary key (user_id, as_of_date),
    constraint history_arrays_have_one_length check (
        cardinality(item_ids) >= 1
        and cardinality(item_ids) = cardinality(occurred_dates)
        and cardinality(item_ids) = cardinality(weights))
) partition by range (as_of_date);
comment on table feature.user_histories is 'What each user liked, in order: what the towers train on and what they read when they serve.';
comment on column feature.user_histories.user_id is 'The user.';
comment on column feature.user_histories.as_of_date is 'Only what was known before 00:00 UTC of this date is used.';
comment on column feature.user_histories.item_ids is 'Items of the newest positive events, oldest first, each item once at its last place.';
comment on column feature.user_histories.occurred_dates is 'UTC day of each.';
comment on column feature.user_histories.weights is 'Label weight of each: the largest among the actions of the user on the item.';
comment on column feature.user_histories.positive_count is 'Different items the user liked, before the list was cut.';
comment on column feature.user_histories.bucket is 'Unit of sharded work, 0 to 1023.';

create table feature.user_tag_affinities (
    user_id bigint not null,
    as_of_date date not null,
    tag text not null,
    affinity double precision not null,
    positive_count integer not null,
    constraint user_tag_affinities_have_a_key primary key (user_id, as_of_date, tag),
    constraint tag_affinity_is_finite check (affinity > 0 and affinity < 'infinity')
) partition by range (as_of_date);
comment on table feature.user_tag_affinities is 'How much of what a user liked lately carries a tag.';
comment on column feature.user_tag_affinities.user_id is 'The user.';
comment on column feature.user_tag_affinities.as_of_date is 'Only what was known before 00:00 UTC of this date is used.';
comment on column feature.user_tag_affinities.tag is 'The tag.';
comment on column feature.user_tag_affinities.affinity is 'Positive events of the last 28 days, each halved for every 7 days of age and shared among the tags of its item.';
comment on column feature.user_tag_affinities.positive_count is 'Positive events behind it.';

create table feature.user_creator_affinities (
    user_id bigint not null,
    as_of_date date not null,
    creator_id bigint not null,
    affinity double precision not null,
    positive_count integer not null,
    constraint user_creator_affinities_have_a_key primary key (user_id, as_of_date, creator_id),
    constraint creator_affinity_is_finite check (affinity > 0 and affinity < 'infinity')
) partition by range (as_of_date);
comment on table feature.user_creator_affinities is 'How much of what a user liked lately is by a creator.';
comment on column feature.user_creator_affinities.user_id is 'The user.';
comment on column feature.user_creator_affinities.as_of_date is 'Only what was known before 00:00 UTC of this date is used.';
comment on column feature.user_creator_affinities.creator_id is 'The creator.';
comment on column feature.user_creator_affinities.affinity is 'Positive events of the last 28 days, each halved for every 7 days of age.';
comment on column feature.user_creator_affinities.positive_count is 'Positive events behind it.';
