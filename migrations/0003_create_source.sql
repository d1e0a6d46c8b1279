-- The source layer: append-only, each row with the moment it happened and the moment it was known.

create table source.actions (
    action_id smallint not null,
    action_name text not null,
    sign smallint not null,
    label_weight real not null,
    description text not null,
    constraint actions_have_a_key primary key (action_id),
    constraint action_names_are_unique unique (action_name),
    constraint action_sign_is_minus_one_zero_or_one check (sign in (-1, 0, 1)),
    constraint action_label_weight_is_finite_and_not_negative
        check (label_weight >= 0 and label_weight < 'infinity')
);
comment on table source.actions is 'Kinds of feedback. Add rows for feedback of your own; import refuses an unknown action.';
comment on column source.actions.action_id is 'Identifier of the kind of feedback.';
comment on column source.actions.action_name is 'Name used in mappings, jobs and reports.';
comment on column source.actions.sign is '1 when the user liked it, -1 when not, 0 for what says nothing by itself, such as an impression.';
comment on column source.actions.label_weight is 'Weight of one such event as a training example, where the job uses the action as a positive.';
comment on column source.actions.description is 'What the action means.';

insert into source.actions (action_id, action_name, sign, label_weight, description) values
    (1, 'impression', 0, 0, 'The item was shown to the user.'),
    (2, 'click', 1, 0.5, 'The user opened the item.'),
    (3, 'like', 1, 1, 'The user liked the item.'),
    (4, 'comment', 1, 1, 'The user commented on the item.'),
    (5, 'follow', 1, 1, 'The user followed the creator from the item.'),
    (6, 'forward', 1, 1, 'The user passed the item on.'),
    (7, 'save', 1, 1, 'The user kept the item.'),
    (8, 'long_view', 1, 1, 'The user watched long enough to count as interested.'),
    (9, 'watch', 0, 0, 'The user watched; the value is the time in seconds.'),
    (10, 'profile_visit', 1, 0.5, 'The user opened the profile of the creator.'),
    (11, 'purchase', 1, 1, 'The user bought the item; the value may be the amount.'),
    (12, 'rating', 0, 0, 'The user rated the item; the value is the rating.'),
    (20, 'hide', -1, 1, 'The user hid the item or said it did not interest them.'),
    (21, 'report', -1, 1, 'The user reported the item.');

create table source.imports (
    import_id bigint generated always as identity,
    source_name text not null,
    target text not null,
    mapping jsonb not null,
    status text not null default 'running',
    read_count bigint not null default 0,
    rejected_count bigint not null default 0,
    loaded_count bigint not null default 0,
    duplicate_count bigint not null default 0,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz null,
    constraint imports_have_a_key primary key (import_id),
    constraint import_status_is_known check (status in ('running', 'loaded', 'failed')),
    constraint import_has_a_finish_exactly_when_it_is_over
        check ((status = 'running') = (finished_at is null)),
    constraint import_counts_are_not_negative
        check (read_count >= 0 and rejected_count >= 0 and loaded_count >= 0 and duplicate_count >= 0)
);
comment on table source.imports is 'One row per import: what was read, refused, loaded and already there.';
comment on column source.imports.import_id is 'Identifier of the import.';
comment on column source.imports.source_name is 'File names, standard input, or query.';
comment on column source.imports.target is 'What was imported: users, items or interactions.';
comment on column source.imports.mapping is 'The mapping file as read.';
comment on column source.imports.status is 'running, loaded or failed; a failed import loaded nothing.';
comment on column source.imports.read_count is 'Records read.';
comment on column source.imports.rejected_count is 'Records refused; source.rejected_rows says why.';
comment on column source.imports.loaded_count is 'Rows added to the target.';
comment on column source.imports.duplicate_count is 'Rows that were there already, or stood more than once in the input.';
comment on column source.imports.started_at is 'When the import began.';
comment on column source.imports.finished_at is 'When it ended; null while it runs.';

create table source.rejected_rows (
    import_id bigint not null,
    file_name text not null,
    line_number bigint not null,
    reason text not null,
    detail text not null,
    raw_text text not null,
    constraint rejected_rows_have_a_key primary key (import_id, file_name, line_number, reason)
);
comment on table source.rejected_rows is 'Records that an import refused, with the reason.';
comment on column source.rejected_rows.import_id is 'The import.';
comment on column source.rejected_rows.file_name is 'File the record stood in; - for standard input, query for a query.';
comment on column source.rejected_rows.line_number is 'Line on which the record began, from 1.';
comment on column source.rejected_rows.reason is 'Short code of the reason, such as wrong_type or unknown_action.';
comment on column source.rejected_rows.detail is 'What is wrong, in words.';
comment on column source.rejected_rows.raw_text is 'The record as it stood, cut to 1,000 characters, bytes that are not text escaped.';

create table source.creators (
    creator_id bigint not null,
    known_at timestamptz not null,
    attributes jsonb not null default '{}',
    constraint creators_have_a_key primary key (creator_id)
);
comment on table source.creators is 'Those who make items.';
comment on column source.creators.creator_id is 'Identifier of the creator.';
comment on column source.creators.known_at is 'When the creator was first known.';
comment on column source.creators.attributes is 'Whatever else is known of the creator.';

create table source.user_versions (
    user_id bigint not null,
    known_at timestamptz not null,
    created_at timestamptz null,
    attributes jsonb not null,
    content_hash bigint not null,
    import_id bigint not null,
    bucket smallint not null generated always as
        (((user_id # (user_id >> 10) # (user_id >> 20) # (user_id >> 40)) & 1023)::smallint) stored,
    constraint user_versions_have_a_key primary key (user_id, known_at),
    constraint user_attributes_are_an_object check (jsonb_typeof(attributes) = 'object')
);
comment on table source.user_versions is 'What was known of each user, and since when: a change is a new row, so that the past stays as it was.';
comment on column source.user_versions.user_id is 'Identifier of the user.';
comment on column source.user_versions.known_at is 'Since when this was known.';
comment on column source.user_versions.created_at is 'When the user joined, where known.';
comment on column source.user_versions.attributes is 'Profile of the user; jobs name the attributes they use.';
comment on column source.user_versions.content_hash is 'Hash of the content, by which an import recognises an unchanged user.';
comment on column source.user_versions.import_id is 'The import that brought the row.';
comment on column source.user_versions.bucket is 'Unit of sharded work, 0 to 1023, the same for a user everywhere.';

create table source.item_versions (
    item_id bigint not null,
    known_at timestamptz not null,
    creator_id bigint null,
    kind text not null,
    created_at timestamptz null,
    is_available boolean not null default true,
    caption text null,
    language text null,
    tags text[] not null default '{}',
    attributes jsonb not null,
    content_hash bigint not null,
    import_id bigint not null,
    constraint item_versions_have_a_key primary key (item_id, known_at),
    constraint item_kind_is_known check (kind in ('post', 'video', 'reel')),
    constraint item_attributes_are_an_object check (jsonb_typeof(attributes) = 'object')
);
comment on table source.item_versions is 'What was known of each item, and since when: a change or a removal is a new row.';
comment on column source.item_versions.item_id is 'Identifier of the item.';
comment on column source.item_versions.known_at is 'Since when this was known.';
comment on column source.item_versions.creator_id is 'Who made it, where known.';
comment on column source.item_versions.kind is 'post, video or reel.';
comment on column source.item_versions.created_at is 'When it was published, where known.';
comment on column source.item_versions.is_available is 'False once the item was removed: it is no longer recommended.';
comment on column source.item_versions.caption is 'Text of the item, where there is one.';
comment on column source.item_versions.language is 'Language of the item, where known.';
comment on column source.item_versions.tags is 'Tags or categories.';
comment on column source.item_versions.attributes is 'Whatever else is known of the item; jobs name the attributes they use.';
comment on column source.item_versions.content_hash is 'Hash of the content, by which an import recognises an unchanged item.';
comment on column source.item_versions.import_id is 'The import that brought the row.';

create table source.interactions (
    user_id bigint not null,
    item_id bigint not null,
    action_id smallint not null,
    occurred_at timestamptz not null,
    event_key bigint not null,
    value real null,
    surface text null,
    position smallint null,
    request_id bigint null,
    repeat_count smallint not null default 1,
    known_at timestamptz not null,
    import_id bigint not null,
    constraint interactions_have_a_key
        primary key (user_id, item_id, action_id, occurred_at, event_key),
    constraint interaction_is_known_no_sooner_than_it_happened check (known_at >= occurred_at),
    constraint interaction_value_is_finite
        check (value > '-infinity'::real and value < 'infinity'::real),
    constraint interaction_stands_at_least_once check (repeat_count >= 1)
) partition by range (occurred_at);
comment on table source.interactions is 'One event: a user did something with an item. Partitioned by month of occurred_at; exact duplicates meet on the key.';
comment on column source.interactions.user_id is 'Who.';
comment on column source.interactions.item_id is 'With which item.';
comment on column source.interactions.action_id is 'What: see source.actions.';
comment on column source.interactions.occurred_at is 'When it happened.';
comment on column source.interactions.event_key is 'Hash of value, surface, position and request: tells apart events alike in everything else.';
comment on column source.interactions.value is 'How much, for actions with an amount: seconds of a watch, stars of a rating.';
comment on column source.interactions.surface is 'Where it happened: feed, search, profile, …';
comment on column source.interactions.position is 'Place at which the item was shown, from 1, where known.';
comment on column source.interactions.request_id is 'Request that showed the item, where known.';
comment on column source.interactions.repeat_count is 'How often exactly this row stood in the imported logs.';
comment on column source.interactions.known_at is 'When it became known; a row that arrives after its day was closed is known from the closing on.';
comment on column source.interactions.import_id is 'The import that brought the row.';

create index interactions_by_known_at on source.interactions (known_at);
