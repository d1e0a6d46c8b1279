import Postgres
import SQLCatalog
import Testing

/// The source `fresh` and `monitor.exposure_shortfall`: ten exposures are owed within 72 hours, and what is
/// missing for sixty days, as of 2024-03-29.
@Suite struct ExposureProgrammeTests {
    private let date = day("2024-03-29")

    private func withWorld(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            try database.addUsers(1...2, knownAt: "2024-01-01")
            try database.add([
                ItemVersion(id: 10, createdAt: "2024-03-28"),
                ItemVersion(id: 11, createdAt: "2024-03-27 12:00", tags: ["x"]),
                ItemVersion(id: 12, createdAt: "2024-03-26"),  // 72 hours
                ItemVersion(id: 13, createdAt: "2024-03-25 23:00"),  // 73 hours
                ItemVersion(id: 14, createdAt: "2024-01-29"),  // 60 days
                ItemVersion(id: 15, createdAt: "2024-01-28"),  // 61 days
                ItemVersion(id: 16, createdAt: "2024-03-28"),  // shown often enough
                ItemVersion(id: 17, createdAt: "2024-03-28", isAvailable: false),
                ItemVersion(id: 18, knownAt: "2024-03-28", createdAt: nil),
                ItemVersion(id: 19, createdAt: "2024-03-30"),  // the day after
                ItemVersion(id: 20, createdAt: "2024-03-29 12:00"),  // the day of the lists
                ItemVersion(id: 21, createdAt: "2024-02-01"),  // often enough, weeks ago
                ItemVersion(id: 30, createdAt: "2023-01-01", tags: ["x"]),
            ])
            try database.interactAtOnce(
                (1...4).map { (100 + $0, 11, "impression", "2024-03-28") }
                    + (1...9).map { (100 + $0, 14, "impression", "2024-01-30") }
                    + (1...10).map { (100 + $0, 16, "impression", "2024-03-28") }
                    + (1...10).map { (100 + $0, 21, "impression", "2024-02-10") }
                    + [(2, 30, "like", "2024-03-28"), (101, 13, "click", "2024-03-28")])
            try database.buildFeatures(asOf: date)
            try database.execute(
                """
                update serving.sources
                set parameters = '{"owed_exposures": 10, "owed_hours": 72, "arrears_days": 60}'
                where source_name = 'fresh'
                """)
            try body(database)
        }
    }

    /// What the source says of each item for a user, without the part that is chance.
    private func shortfalls(_ database: SQLDatabase, ofUser user: Int64) throws -> [Int64: Double] {
        let rows = try database.connection.query(
            try database.catalog.script("retrieve/sources/fresh").query(
                SQLDatabase.arguments(asOf: date).merging(FunnelStatement.parameters) { $1 }
                    .merging(["from_bucket": Bind(Int16(1)), "until_bucket": Bind(Int16(2))]) { $1 }
            ), as: (Int64, [Int64], [Float]).self)
        var found: [Int64: Double] = [:]
        for (userID, items, scores) in rows where userID == user {
            for (item, score) in zip(items, scores) {
                let chance = try database.connection.value(
                    "select 0.5 * (hashint8extended(\(item), \(user)) & 65535) / 65536::float8",
                    as: Double.self)
                found[item] = ((Double(score) - chance) * 1_000).rounded() / 1_000
            }
        }
        return found
    }

    @Test func `new items come with what is missing, older ones with half of it`() throws {
        try withWorld { database throws in
            let expected: [Int64: Double] = [
                10: 1, 11: 0.6, 12: 1, 13: 0.5, 14: 0.05, 18: 1, 20: 1,
            ]
            #expect(try shortfalls(database, ofUser: 1) == expected)
            // Drawn to the tag x.
            #expect(
                try shortfalls(database, ofUser: 2) == expected.merging([11: 1.2]) { $1 })
        }
    }

    @Test func `the view lists what the source proposes, and new items that have had enough`()
        throws
    {
        try withWorld { database throws in
            #expect(
                try database.table(
                    """
                    select item_id, age_days, exposure_count, shortfall, is_in_arrears, days_left
                    from monitor.exposure_shortfall order by item_id
                    """) == [
                        "(10,1,0,10,f,2)", "(11,1.5,4,6,f,1.5)", "(12,3,0,10,f,0)",
                        "(13,3.0416667,0,10,t,56.958332)", "(14,60,9,1,t,0)", "(16,1,10,0,f,2)",
                        "(18,1,0,10,f,2)", "(20,-0.5,0,10,f,3.5)",
                    ])
            #expect(
                try database.table(
                    "select array_agg(item_id order by item_id) from monitor.exposure_shortfall where shortfall > 0"
                ) == [
                    "(\"{\(try shortfalls(database, ofUser: 1).keys.sorted().map(String.init).joined(separator: ","))}\")"
                ])
        }
    }

    @Test func `a flood of items is dealt out, what is new to everybody`() throws {
        try SQLDatabase.with { database in
            try database.addUsers(1...200, knownAt: "2024-01-01")
            try database.add((1...60).map { ItemVersion(id: $0, createdAt: "2024-03-01") })
            try database.add([ItemVersion(id: 99, createdAt: "2024-03-28")])
            try database.interactAtOnce((1...10).map { (101, $0, "impression", "2024-03-20") })
            try database.buildFeatures(asOf: date)
            let rows = try database.connection.query(
                try database.catalog.script("retrieve/sources/fresh").query(
                    SQLDatabase.arguments(asOf: date).merging(FunnelStatement.parameters) { $1 }
                        .merging([
                            "quota": Bind(Int32(2)), "from_bucket": Bind(Int16(0)),
                            "until_bucket": Bind(Int16(1023)),
                        ]) { $1 }
                ), as: (Int64, [Int64], [Float]).self)
            #expect(rows.count == 200 && rows.allSatisfy { $0.1.count == 2 && $0.1[0] == 99 })
            // Each user has eight of 61 to choose from, not the same ones: most are asked about.
            #expect(Set(rows.flatMap(\.1)).count > 40)
        }
    }
}
