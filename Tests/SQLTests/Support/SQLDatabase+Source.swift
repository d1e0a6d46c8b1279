import Postgres
import SQLCatalog

extension SQLDatabase {
    /// Adds interactions, each `(user, item, 'action', 'occurred', 'known')`, moments in UTC.
    func interact(_ values: String) throws {
        try execute(
            """
            create temporary table if not exists given
                (user_id bigint, item_id bigint, action_name text, occurred_at timestamptz,
                 known_at timestamptz, event_key bigint generated always as identity);
            truncate given;
            insert into given (user_id, item_id, action_name, occurred_at, known_at)
            values \(values);
            select source.ensure_interaction_partitions(min(occurred_at), max(occurred_at)) from given;
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select g.user_id, g.item_id, a.action_id, g.occurred_at, g.event_key, g.known_at, 1
            from given as g
            inner join source.actions as a on a.action_name = g.action_name
            """)
    }

    /// Adds interactions that were known the moment they happened.
    func interactAtOnce(_ values: [(user: Int, item: Int, action: String, at: String)]) throws {
        try interact(
            values.map { "(\($0.user), \($0.item), '\($0.action)', '\($0.at)', '\($0.at)')" }
                .joined(separator: ", "))
    }

    /// Adds versions of items, each `(item, 'known', creator, 'tags', available)`.
    func addItems(_ values: String) throws {
        try execute(
            """
            insert into source.item_versions
                (item_id, known_at, creator_id, kind, created_at, tags, is_available, attributes,
                 content_hash, import_id)
            select v.item_id, v.known_at::timestamptz, v.creator_id, 'post', v.known_at::timestamptz,
                v.tags::text[], v.is_available, '{}', 0, 1
            from (values \(values)) as v (item_id, known_at, creator_id, tags, is_available)
            """)
    }

    /// Adds users known since a moment.
    func addUsers(_ ids: ClosedRange<Int>, knownAt: String) throws {
        try execute(
            """
            insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
            select u, '\(knownAt)', '{}', 0, 1
            from generate_series(\(ids.lowerBound), \(ids.upperBound)) as u
            """)
    }
}
