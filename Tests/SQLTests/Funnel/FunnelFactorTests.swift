import Postgres
import SQLCatalog
import Testing

/// What the rules read of items and users before 2024-03-29.
@Suite struct FunnelFactorTests {
    private let date = day("2024-03-29")

    private func rows(_ factor: String, _ database: SQLDatabase) throws -> [String] {
        try database.funnel("rank/factors/\(factor)")
    }

    @Test func `policy_demotion: the flags known before the date`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, attributes: #"{"policy_flags": ["borderline", "spam"]}"#),
                ItemVersion(id: 11), ItemVersion(id: 12, attributes: #"{"policy_flags": "spam"}"#),
                ItemVersion(id: 13, attributes: #"{"policy_flags": ["spam"]}"#),
                ItemVersion(id: 13, knownAt: "2024-03-28"),
            ])
            #expect(try rows("policy_demotion", database) == [#"(10,"{borderline,spam}")"#])
        }
    }

    @Test func `freshness_boost: age in hours, where it is known`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, createdAt: "2024-03-27 12:00"),
                ItemVersion(id: 11, createdAt: nil), ItemVersion(id: 12, createdAt: "2024-03-30"),
            ])
            try database.buildFeatures(asOf: date)
            #expect(try rows("freshness_boost", database) == ["(10,36)", "(12,0)"])
        }
    }

    @Test func `exposure_cap: the share of yesterday's exposures`() throws {
        try SQLDatabase.with { database in
            try database.add([ItemVersion(id: 10), ItemVersion(id: 11), ItemVersion(id: 12)])
            try database.interactAtOnce(
                (1...3).map { ($0, 10, "impression", "2024-03-28 10:00") }
                    + [
                        (1, 11, "impression", "2024-03-28"), (1, 12, "impression", "2024-03-27"),
                        (1, 12, "like", "2024-03-28"),
                    ])
            try database.buildFeatures(asOf: date)
            #expect(try rows("exposure_cap", database) == ["(10,0.75)", "(11,0.25)"])
        }
    }

    @Test func `fatigue: impressions since the user last engaged with the item`() throws {
        try SQLDatabase.with { database in
            try database.interactAtOnce(
                ["15", "20", "28"].map { (1, 10, "impression", "2024-03-\($0)") }
                    + ["14 23:59", "16"].map { (1, 11, "impression", "2024-03-\($0)") }
                    + ["20", "22", "24"].map { (2, 10, "impression", "2024-03-\($0)") }
                    // Engaged between the first and the second; a hide is no engagement.
                    + [(2, 10, "click", "2024-03-21"), (2, 10, "hide", "2024-03-28")]
                    + [(3, 10, "impression", "2024-03-20"), (3, 10, "like", "2024-03-21")])
            try database.interact("(4, 12, 'impression', '2024-03-28', '2024-03-28')")
            try database.execute(
                "update source.interactions set repeat_count = 5 where user_id = 4")
            try database.buildFeatures(asOf: date)
            #expect(
                try rows("fatigue", database)
                    == [#"(1,"{10,11}","{3,1}")"#, "(2,{10},{2})", "(4,{12},{5})"])
        }
    }

    @Test func `hide_memory: days since the newest of several hides, and fewer likes`() throws {
        try SQLDatabase.with { database in
            try database.add(
                (10...13).map { ItemVersion(id: $0, creator: 5) }
                    + [ItemVersion(id: 20, creator: 6), ItemVersion(id: 30)])
            try database.interactAtOnce([
                (1, 10, "hide", "2023-12-01"), (1, 11, "report", "2024-03-26 12:00"),
                (1, 12, "like", "2024-03-28"), (1, 20, "hide", "2024-03-28"),
                // As many liked as hidden.
                (2, 10, "hide", "2024-03-01"), (2, 11, "hide", "2024-03-01"),
                (2, 12, "like", "2024-02-01"), (2, 13, "like", "2024-03-01"),
                (3, 10, "hide", "2024-03-01"), (3, 10, "hide", "2024-03-02"),
                (4, 30, "hide", "2024-03-01"),
            ])
            try database.buildFeatures(asOf: date)
            #expect(try rows("hide_memory", database) == ["(1,{5},{2.5})"])
        }
    }

    @Test func `out_of_network: whom a user follows or engages with`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, creator: 5), ItemVersion(id: 20, creator: 6),
                ItemVersion(id: 30, creator: 7), ItemVersion(id: 40),
            ])
            try database.interactAtOnce([
                (1, 20, "follow", "2023-06-01"), (1, 10, "like", "2024-03-28"),
                (1, 30, "impression", "2024-03-28"), (2, 40, "follow", "2024-03-28"),
                (2, 30, "like", "2024-02-20"), (3, 30, "click", "2024-03-20"),
            ])
            try database.buildFeatures(asOf: date)
            #expect(try rows("out_of_network", database) == [#"(1,"{5,6}")"#, "(3,{7})"])
        }
    }
}
