import Jobs
import Postgres
import Testing

@testable import Pipeline

/// Only what the towers would read otherwise is embedded again, and the result is that of embedding all.
@Suite struct IncrementalEmbeddingTests {
    struct Variant: CustomTestStringConvertible, Sendable {
        var encoding = "recencyWeightedMean"
        var interests = 1
        var historyNumbers = "[eventCount]"
        var itemNumbers = "none"
        var shardCount = 1
        /// Users and items embedded after a day on which few did anything; nil where that depends on days.
        var embeddedUsers: Int? = 7
        var embeddedItems: Int? = 2

        var testDescription: String { "\(encoding) \(historyNumbers) \(itemNumbers) \(shardCount)" }

        static let all = [
            Variant(), Variant(encoding: "mean", shardCount: 3),
            Variant(encoding: "attentionPooling", interests: 2), Variant(encoding: "transformer"),
            Variant(encoding: "convolution"), Variant(encoding: "recurrentUnit"),
            Variant(
                historyNumbers: "[eventsOfWeek, daysSinceLastEvent]", itemNumbers: "daily",
                embeddedUsers: nil, embeddedItems: nil),
        ]

        var nightly: Nightly {
            var nightly = Nightly.with(["item_numbers": itemNumbers])
            nightly.training["history_encoding"] = encoding
            nightly.training["interest_count"] = "\(interests)"
            nightly.training["history_numbers"] = historyNumbers
            return nightly
        }
    }

    /// What becomes known on the day after the first run: five users like an item that nobody had seen,
    /// one has another device, one user and one item are new, and an item has other tags.
    private func liveThroughADay(_ connection: Connection) throws {
        let world = PlantedWorld()
        let item = world.hiddenItems[0]
        for (number, user) in (0..<5).map(world.userID).enumerated() {
            try connection.execute(
                """
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                values (\(user), \(item), 3, '2024-03-25 10:00+00', \(Int64(number)),
                    '2024-03-25 10:01+00', 2)
                """)
        }
        try connection.execute(
            """
            insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
            values (\(world.userID(11)), '2024-03-25 01:00+00', '{"device": "phone"}', 1, 2),
                (999, '2024-03-25 01:00+00', '{"device": "phone"}', 2, 2)
            """)
        try connection.execute(
            """
            insert into source.item_versions
                (item_id, known_at, kind, is_available, tags, attributes, content_hash, import_id)
            values (\(item), '2024-03-25 01:00+00', 'video', true, '{topic 1}', '{}', 1, 2),
                (9999, '2024-03-25 01:00+00', 'video', true, '{topic 1}', '{}', 2, 2)
            """)
    }

    /// Users and items that the newest run has embedded, and of how many.
    private func embedded(_ connection: Connection) throws -> [Int] {
        try connection.query(
            """
            select value::text::integer
            from ops.steps, unnest(array['users_embedded', 'users', 'items_embedded', 'items'])
                with ordinality as k (key, place), lateral (select details -> k.key) as d (value)
            where step_name = 'embed' and status = 'succeeded'
                and run_id = (select max(run_id) from ops.runs)
            order by place
            """, as: Int32.self
        ).map(Int.init)
    }

    private func embeddings(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select md5(string_agg(u::text, '' order by u::text)) from model.user_vectors as u
            union all
            select md5(string_agg(i::text, '' order by i::text)) from model.item_vectors as i
            """, as: String.self)
    }

    @Test(arguments: Variant.all)
    func `after a day on which little happened, embeddings are those of embedding all`(
        variant: Variant
    ) throws {
        try Databases.withWorld { connection, uri throws in
            try variant.nightly.run(on: uri)
            let first = try embedded(connection)
            #expect(first[0] == first[1] && first[2] == first[3])
            let before = try embeddings(connection)
            try liveThroughADay(connection)
            let next = variant.nightly.only([
                "features", "embed", "index", "retrieve", "rank", "publish",
            ])
            let date = PlantedWorld.date.advanced(by: 1)
            if variant.shardCount > 1 {
                try next.run(on: uri, date: date, before: "embed")
                for index in 0..<variant.shardCount {
                    try next.run(
                        Shard(index, of: variant.shardCount), of: "embed", on: uri, date: date)
                }
            }
            try next.run(on: uri, date: date)
            let second = try embedded(connection)
            #expect(second[1] == first[1] + 1 && second[3] == first[3] + 1)
            if let users = variant.embeddedUsers { #expect(second[0] == users) }
            if let items = variant.embeddedItems { #expect(second[2] == items) }
            let incremental = try embeddings(connection)
            #expect(incremental[0] != before[0] && incremental[1] != before[1])

            try connection.script(
                """
                update model.user_vectors set input_hash = null;
                update model.item_vectors set input_hash = null
                """)
            try next.run(on: uri, date: date)
            let whole = try embedded(connection)
            #expect(whole == [second[1], second[1], second[3], second[3]])
            #expect(try embeddings(connection) == incremental)
        }
    }

    @Test func `who is gone is removed, and who is new is embedded`() {
        func hash(_ value: Int64) -> InputHash { InputHash(stored: value) }
        let changes = EmbeddingChanges(
            of: [1, 2, 3, 5], inputs: [hash(10), hash(20), hash(30), hash(50)],
            stored: [1: hash(10), 2: hash(21), 3: nil, 4: hash(40)])
        #expect(changes.changed == [1, 2, 3])
        #expect(changes.outdated == [2, 3, 4])
    }

    @Test func `another version and another encoding embed anew`() {
        let first = InputHash.all([1, 2, 1], encoding: .real, codeVersion: "1.0")
        #expect(first[0] == first[2] && first[0] != first[1])
        #expect(first == InputHash.all([1, 2, 1], encoding: .real, codeVersion: "1.0"))
        #expect(first[0] != InputHash.all([1], encoding: .real, codeVersion: "1.1")[0])
        #expect(first[0] != InputHash.all([1], encoding: .half, codeVersion: "1.0")[0])
    }
}
