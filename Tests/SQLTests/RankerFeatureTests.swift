import Postgres
import SQLCatalog
import Testing

/// The numbers of users and items that the ranker reads, before 2024-03-29.
@Suite struct RankerFeatureTests {
    private let date = day("2024-03-29")

    /// The numbers of a row by name, those that are not known left out, rounded to four digits.
    private func numbers(_ script: String, _ id: Int, _ database: SQLDatabase) throws
        -> [String: Float]
    {
        var arguments = SQLDatabase.arguments(asOf: date)
        arguments["from_bucket"] = Bind(Int16(0))
        arguments["until_bucket"] = Bind(Int16(1023))
        let rows = try database.connection.query(
            try database.catalog.script(script).query(arguments),
            as: (Int64, [String], [Float]).self)
        #expect(rows.allSatisfy { $0.1 == rows[0].1 && $0.2.count == rows[0].1.count })
        let (_, names, numbers) = try #require(rows.first { $0.0 == id })
        return Dictionary(uniqueKeysWithValues: zip(names, numbers)).filter { !$0.value.isNaN }
            .mapValues { ($0 * 10_000).rounded() / 10_000 }
    }

    private func withWorld(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            // An action of the source's own, and one that says no.
            try database.execute(
                """
                insert into source.actions (action_id, action_name, sign, label_weight, description)
                values (50, 'reblog', 1, 1, 'Passed on.'), (51, 'mute', -1, 1, 'Muted.')
                """)
            try database.interactAtOnce(
                (0..<10).map { (1, 10 + $0 % 2, "impression", "2024-03-20 08:0\($0)") } + [
                    (1, 10, "reblog", "2024-03-20 09:00"), (1, 11, "mute", "2024-03-28 09:00"),
                    (2, 11, "impression", "2024-03-28 08:00"),
                ])
            try database.buildFeatures(asOf: date)
            try body(database)
        }
    }

    @Test func `a user's rates are named by the actions of the source`() throws {
        try withWorld { database in
            // Of 11 impressions one was reblogged and one muted: the rate that 10 impressions of each user
            // are filled up with. User 1 has 10: (1 + 10/11) / 20 = 0.0955; of the last 7 and 1 days none,
            // when there was one impression in all: (1 + 10) / 10.
            let one = try numbers("rank/user_features", 1, database)
            #expect(one["reblog_rate"] == 0.0955 && one["mute_rate"] == 0.0955)
            #expect(one["mute_rate_7d"] == 1.1 && one["mute_rate_1d"] == 1.1)
            #expect(one["negative_rate"] == 0.0955)
            #expect(one["impressions_28d"] == 2.3979 && one["impressions_7d"] == 0)
            // User 2 did neither, and nobody clicked.
            let two = try numbers("rank/user_features", 2, database)
            #expect(two["reblog_rate"] == nil && two["mute_rate"] == nil)
            #expect(two["impressions_1d"] == 0.6931 && one["click_rate"] == nil)
        }
    }

    @Test func `an item's rates are named by the actions of the source`() throws {
        try withWorld { database in
            // Item 10: 5 impressions, (1 + 10/11) / 15; nothing of the last 7 days.
            let first = try numbers("rank/item_features", 10, database)
            #expect(first["reblog_rate"] == 0.1273 && first["mute_rate"] == nil)
            // Item 11: 6 impressions, (1 + 10/11) / 16; of the last 7 days one, (1 + 10) / 11.
            let second = try numbers("rank/item_features", 11, database)
            #expect(second["mute_rate"] == 0.1193 && second["mute_rate_7d"] == 1)
            #expect(second["negative_rate"] == 0.1193 && second["reblog_rate"] == nil)
            #expect(second["impressions_28d"] == 1.9459)
        }
    }
}
