-- Makes the empty temporary tables that an import fills before it loads them.
--
-- Grain   staged_*: one row per row read; collapsed_interactions: one per distinct event
-- Writes  pg_temp.staged_users, pg_temp.staged_items, pg_temp.staged_interactions,
--         pg_temp.collapsed_interactions
-- Note    The other files of this folder need these tables in the session. The server hashes the
--         content, so that 7.5 and 7.50, or the same attributes in another order, are the same.
--         known_at of users and items is null where nothing says it; has_own_moment says whether a
--         column of the input did.
drop table if exists pg_temp.staged_users;

drop table if exists pg_temp.staged_items;

drop table if exists pg_temp.staged_interactions;

drop table if exists pg_temp.collapsed_interactions;

create temporary table staged_users (
    file_number smallint not null,
    line_number bigint not null,
    user_id bigint not null,
    known_at timestamptz null,
    has_own_moment boolean not null,
    created_at timestamptz null,
    attributes jsonb not null,
    content_hash bigint not null generated always as
        (hash_record_extended(row(created_at, attributes), 0)) stored,
    raw_text text not null
);

create temporary table staged_items (
    file_number smallint not null,
    line_number bigint not null,
    item_id bigint not null,
    known_at timestamptz null,
    has_own_moment boolean not null,
    creator_id bigint null,
    kind text not null,
    created_at timestamptz null,
    is_available boolean not null,
    caption text null,
    language text null,
    tags text[] not null,
    attributes jsonb not null,
    content_hash bigint not null generated always as
        (hash_record_extended(
            row(creator_id, kind, created_at, is_available, caption, language, tags, attributes),
            0)) stored,
    raw_text text not null
);

create temporary table staged_interactions (
    file_number smallint not null,
    line_number bigint not null,
    user_id bigint not null,
    item_id bigint not null,
    action_id smallint not null,
    occurred_at timestamptz not null,
    event_key bigint not null,
    value real null,
    surface text null,
    position smallint null,
    request_id bigint null,
    known_at timestamptz not null,
    raw_text text null
);

create temporary table collapsed_interactions (
    user_id bigint not null,
    item_id bigint not null,
    action_id smallint not null,
    occurred_at timestamptz not null,
    event_key bigint not null,
    value real null,
    surface text null,
    position smallint null,
    request_id bigint null,
    repeat_count smallint not null,
    known_at timestamptz not null
);
