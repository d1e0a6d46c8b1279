import Postgres
import SQLCatalog
import Testing

/// What holds for every statement of a source, filter or factor: no leak from the future, shards, quotas,
/// order.
@Suite struct FunnelStatementTests {
    private static let users = (1...60).map { $0 * 37 }

    /// Sixty users and forty items in which every statement finds something.
    private static func withWorld(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            for (number, user) in users.enumerated() {
                try database.addUser(
                    user,
                    [
                        "{}", #"{"language": "de", "region": "by"}"#,
                        #"{"languages": ["fr", "de"], "country": "fr"}"#,
                    ][number % 3])
            }
            try database.add(
                (1...40).map { item in
                    ItemVersion(
                        id: item, createdAt: item <= 30 ? "2024-02-01" : "2024-03-28",
                        creator: item % 8 == 0 ? nil : item % 7, tags: ["t\(item % 4)", "all"],
                        language: [nil, "de", "fr", "it"][item % 4],
                        attributes: item == 5
                            ? #"{"policy_flags": ["borderline", "violating"], "blocked_regions": ["by"]}"#
                            : "{}",
                        isAvailable: item != 9)
                })
            try database.add([
                ItemVersion(id: 41, createdAt: "2024-04-02"), ItemVersion(id: 42, createdAt: nil),
            ])
            // Each user was shown a third of the items on each of five days, liked a part, hid another.
            try database.execute(
                """
                select source.ensure_interaction_partitions('2024-02-20', '2024-03-28');
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                select e.user_id, e.item_id, a.action_id, e.at, 0, e.at, 1
                from (
                    select u.user_id, i.item_id, d.at,
                        hashint8extended(u.user_id * 100 + i.item_id, 3) & 1023 as chance
                    from source.users as u
                    cross join generate_series(1, 39) as i (item_id)
                    cross join unnest('{2024-02-20,2024-03-02,2024-03-24,2024-03-26,2024-03-28}'::timestamptz[])
                        as d (at)
                    where u.user_id % 5 <> 0
                        -- A third has not been there for weeks; the newest items were shown to one user.
                        and (u.user_id % 3 <> 1 or d.at < '2024-03-10')
                        and (i.item_id < 34 or u.user_id = 74)
                ) as e
                inner join source.actions as a on
                    (a.action_name = 'impression' and e.chance < 340)
                    or (a.action_name = 'like' and e.chance < 80 and extract(day from e.at) in (20, 24, 26))
                    or (a.action_name = 'hide' and e.chance between 200 and 330)
                    or (a.action_name = 'follow' and e.chance between 80 and 100)
                """)
            try database.buildFeatures(asOf: day("2024-03-29"))
            try body(database)
        }
    }

    /// Whatever can be said late: what happened before the date and was known on it, and versions of all
    /// items and users known since then.
    private static let lateRows = """
        insert into source.interactions
            (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
        select u.user_id, i.item_id, a.action_id, '2024-03-27 12:00+00', 1, '2024-03-29 00:00+00', 2
        from source.users as u
        cross join generate_series(1, 42) as i (item_id)
        inner join source.actions as a on a.action_name in ('impression', 'like', 'hide', 'follow', 'report')
        where (u.user_id + i.item_id) % 2 = 0;
        insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
        select u.user_id, '2024-03-29 00:00+00', '{"language": "it", "region": "it"}', 1, 2
        from source.users as u;
        insert into source.item_versions
            (item_id, known_at, created_at, creator_id, kind, tags, language, attributes, is_available,
             content_hash, import_id)
        select i.item_id, '2024-03-29 00:00+00', '2024-03-20', 3, 'post', '{t1}', 'de',
            '{"policy_flags": ["borderline"], "blocked_regions": ["fr"]}', i.item_id % 2 = 0, 1, 2
        from source.items as i;
        """

    @Test(arguments: FunnelStatement.sources + FunnelStatement.filters + FunnelStatement.factors)
    func `a row known after the date changes nothing`(script: String) throws {
        try Self.withWorld { database in
            let before = try database.funnel(script)
            #expect(!before.isEmpty)
            try database.execute(Self.lateRows)
            try database.execute("delete from feature.snapshots")
            try database.buildFeatures(asOf: day("2024-03-29"))
            let after = try database.funnel(script)
            // What must not be shown is the exception.
            #expect((after == before) == !FunnelStatement.known.contains(script))
        }
    }

    /// What a source proposes to a user.
    private struct Proposal {
        var user: Int64
        var items: [Int64]
        var scores: [Float]
    }

    private static func proposals(
        _ database: SQLDatabase, _ script: String, quota: Int
    ) throws -> [Proposal] {
        var arguments = SQLDatabase.arguments(asOf: day("2024-03-29"))
            .merging(FunnelStatement.parameters) { $1 }
        arguments["from_bucket"] = Bind(Int16(0))
        arguments["until_bucket"] = Bind(Int16(1023))
        arguments["quota"] = Bind(Int32(quota))
        return try database.connection.query(
            try database.catalog.script(script).query(arguments),
            as: (Int64, [Int64], [Float]).self
        ).map { Proposal(user: $0.0, items: $0.1, scores: $0.2) }
    }

    @Test(
        arguments: (FunnelStatement.sources + FunnelStatement.filters + FunnelStatement.factors)
            .filter {
                (try? SQLCatalog.locate().script($0).parameterNames.contains("from_bucket")) == true
            })
    func `the buckets of two shards are those of one, user by user`(script: String) throws {
        try Self.withWorld { database in
            let whole = try database.funnel(script)
            let shards = [
                try database.funnel(script, buckets: 0...300),
                try database.funnel(script, buckets: 301...1023),
            ]
            #expect(shards.allSatisfy { !$0.isEmpty && $0.count < whole.count })
            #expect(Set(shards[0]).isDisjoint(with: shards[1]))
            #expect(Set(shards[0] + shards[1]) == Set(whole))
            for rows in shards + [whole] {
                let users = rows.map { Int($0.dropFirst().prefix { $0 != "," })! }
                #expect(users == users.sorted() && Set(users).count == users.count)
            }
        }
    }

    @Test(arguments: FunnelStatement.sources)
    func `a list is cut by the quota, best first, ties by item`(script: String) throws {
        try Self.withWorld { database in
            let all = try Self.proposals(database, script, quota: 1_000)
            // What is owed exposures is dealt out where it is more than twice the quota.
            let quota = script.hasSuffix("fresh") ? 5 : 1
            let cut = try Self.proposals(database, script, quota: quota)
            #expect(all.contains { $0.items.count > quota })
            #expect(all.map(\.user) == cut.map(\.user))
            #expect(all.map { Array($0.items.prefix(quota)) } == cut.map(\.items))
            for row in all { Self.expectOrder(row) }
        }
    }

    private static func expectOrder(_ row: Proposal) {
        #expect(row.items.count == row.scores.count)
        #expect(Set(row.items).count == row.items.count)
        for place in row.items.indices.dropFirst() {
            let (score, better) = (row.scores[place], row.scores[place - 1])
            #expect(
                score < better || score == better && row.items[place] > row.items[place - 1],
                "user \(row.user), place \(place)")
        }
    }

    @Test(arguments: FunnelStatement.sources)
    func `what was removed or liked is not proposed`(script: String) throws {
        // Who liked what is new is not asked: the filter seen takes that out.
        let isForEverybody = script.hasSuffix("fresh")
        try Self.withWorld { database in
            let rows = try Self.proposals(database, script, quota: 1_000)
            let removed = rows.filter { $0.items.contains(9) }
            #expect(removed.isEmpty)
            let histories = Dictionary(
                uniqueKeysWithValues: try database.connection.query(
                    "select user_id, item_ids from feature.user_histories",
                    as: (Int64, [Int64]).self))
            #expect(histories.count > 20)
            let repeated = rows.filter {
                !Set($0.items).isDisjoint(with: histories[$0.user] ?? [])
            }
            #expect(repeated.isEmpty || isForEverybody)
        }
    }
}
