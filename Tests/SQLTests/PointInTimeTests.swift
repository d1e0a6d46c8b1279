import Postgres
import SQLCatalog
import Testing

/// The past stays as it was: late rows, second builds, and comparison with the source.
@Suite struct PointInTimeTests {
    private let date = day("2024-03-29")

    /// Users and items 1 to 128 with events on several days, and features as of 2024-03-29.
    private func withFeatures(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            try database.execute(
                """
                insert into source.item_versions
                    (item_id, known_at, creator_id, kind, tags, attributes, content_hash, import_id)
                select i, '2024-01-01', i % 7, 'post', array['t' || i % 5], '{}', 0, 1
                from generate_series(1, 128) as i
                """)
            try database.addUsers(1...128, knownAt: "2024-01-01")
            try database.execute(
                """
                select source.ensure_interaction_partitions('2024-02-01', '2024-03-31');
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                select u, 1 + (u * 7 + d * 3) % 128, case when (u + d) % 3 = 0 then 3 else 1 end,
                    m.occurred_at, 0, m.occurred_at, 1
                from generate_series(1, 128) as u
                cross join generate_series(0, 9) as d
                cross join lateral (
                    select timestamptz '2024-03-28 12:00' - d * interval '4 days' as occurred_at
                ) as m
                """)
            try database.buildFeatures(asOf: date)
            try body(database)
        }
    }

    private var snapshots: [String] { SQLDatabase.itemTables + SQLDatabase.userTables }

    private func dataHash(_ database: SQLDatabase, withheld: String = "", impressions: Int32 = 0)
        throws -> [String]
    {
        try database.table(
            script: "train/data_hash",
            [
                "from_date": Bind(date.advanced(by: -7)), "as_of_date": Bind(date),
                "content_encoders": Bind(["image/clip"]),
                "impression_length": Bind(impressions), "withheld": Bind(withheld),
            ])
    }

    @Test func `late rows leave earlier snapshots and their hash as they were`() throws {
        try withFeatures { database in
            let before = try database.features(snapshots, where: "as_of_date = '2024-03-29'")
            let hash = try dataHash(database)
            let hashWithImpressions = try dataHash(database, impressions: 10)
            #expect(before.values.allSatisfy { !$0.isEmpty })
            try database.interact(
                """
                (1, 5, 'like', '2024-03-10', '2024-03-29'), (1, 6, 'like', '2024-03-28', '2024-03-30 12:00'),
                (200, 7, 'like', '2024-03-01', '2024-03-29 00:00')
                """)
            try database.addItems(
                "(5, '2024-03-29', 99, '{late}', false), (300, '2024-03-29', 1, '{}', true)")
            try database.addUsers(300...301, knownAt: "2024-03-29")
            try database.buildFeatures(asOf: date)
            #expect(
                try database.features(snapshots, where: "as_of_date = '2024-03-29'") == before)
            #expect(try dataHash(database) == hash)
            #expect(try dataHash(database, impressions: 10) == hashWithImpressions)
            // A date after they were known has them.
            try database.buildFeatures(asOf: day("2024-03-31"))
            #expect(
                try database.features(snapshots, where: "as_of_date = '2024-03-29'") == before)
            #expect(
                try database.table(
                    "select 6 = any (item_ids) from feature.user_histories where user_id = 1 order by as_of_date"
                ) == ["(f)", "(t)"])
        }
    }

    @Test func `a row known in time changes the hash`() throws {
        try withFeatures { database in
            let hash = try dataHash(database)
            try database.addUsers(400...400, knownAt: "2024-03-28")
            #expect(try dataHash(database) != hash)
        }
    }

    @Test func `an impression known in time changes the hash where it is read`() throws {
        try withFeatures { database in
            let (without, with) = (
                try dataHash(database), try dataHash(database, impressions: 10)
            )
            #expect(without != with)
            try database.interactAtOnce([(1, 5, "impression", "2024-03-28")])
            #expect(try dataHash(database) == without)
            #expect(try dataHash(database, impressions: 10) != with)
        }
    }

    @Test func `what is withheld from a model changes the hash`() throws {
        try withFeatures { database in
            let whole = try dataHash(database)
            #expect(try dataHash(database, withheld: "the last positive") != whole)
        }
    }

    @Test func `the hash does not depend on the settings of the session`() throws {
        try withFeatures { database in
            let hash = try dataHash(database)
            try database.execute(
                "set datestyle = 'German'; set time zone 'Asia/Tokyo'; set extra_float_digits = -15"
            )
            #expect(try dataHash(database) == hash)
        }
    }

    @Test func `a second build gives the same rows`() throws {
        try withFeatures { database in
            let before = try database.features(SQLDatabase.dayTables + snapshots)
            try database.buildDays(from: day("2024-03-01"), until: day("2024-03-28"))
            try database.buildFeatures(asOf: date)
            #expect(try database.features(SQLDatabase.dayTables + snapshots) == before)
        }
    }

    @Test func `days built one by one equal days built in one go`() throws {
        try withFeatures { database in
            let before = try database.features(SQLDatabase.dayTables)
            let days = try database.table(
                "select known_date, interaction_count from feature.days order by 1")
            #expect(days.count == 37)
            var date = day("2024-02-21")
            while date < self.date {
                try database.buildDays(from: date, until: date)
                date = date.advanced(by: 1)
            }
            #expect(try database.features(SQLDatabase.dayTables) == before)
            #expect(
                try database.table(
                    "select known_date, interaction_count from feature.days order by 1") == days)
        }
    }

    @Test func `daily counts add up to the interactions, by both ways`() throws {
        try withFeatures { database in
            let found = try database.table(
                """
                select
                    (select count(*) from source.interactions),
                    (select sum(event_count) from feature.user_action_days),
                    (select sum(event_count) from feature.item_user_days),
                    (select sum(event_count) from feature.item_action_days),
                    (select sum(interaction_count) from feature.days)
                """)
            #expect(found == ["(1280,1280,1280,1280,1280)"])
        }
    }

    // MARK: - Pending days

    @Test func `pending are the days from the first interaction to the day before the date`() throws
    {
        try SQLDatabase.with { database in
            let pending = { (date: PostgresDate) in
                try database.table(script: "features/pending_days", ["as_of_date": Bind(date)])
            }
            #expect(try pending(date) == ["(,)"])
            try database.interact("(1, 1, 'like', '2024-03-20', '2024-03-25 23:30')")
            #expect(try pending(date) == ["(2024-03-25,2024-03-28)"])
            #expect(try pending(day("2024-03-25")) == ["(,)"])
            try database.buildDays(from: day("2024-03-25"), until: day("2024-03-26"))
            #expect(try pending(date) == ["(2024-03-27,2024-03-28)"])
            try database.buildDays(from: day("2024-03-27"), until: day("2024-03-28"))
            #expect(try pending(date) == ["(,)"])
            #expect(
                try database.table(
                    "select known_date, interaction_count from feature.days order by 1")
                    == ["(2024-03-25,1)", "(2024-03-26,0)", "(2024-03-27,0)", "(2024-03-28,0)"])
        }
    }

    @Test func `the watermark never moves back`() throws {
        try SQLDatabase.with { database in
            for text in ["2024-03-29", "2024-03-01"] {
                try database.run("features/close", ["as_of_date": Bind(day(text))])
            }
            #expect(
                try database.table("select source.closed_through() = '2024-03-29 00:00+00'") == [
                    "(t)"
                ])
        }
    }

    @Test func `old snapshots expire, those asked for stay`() throws {
        try withFeatures { database in
            try database.buildFeatures(asOf: day("2024-03-30"))
            try database.run("features/expire_snapshots", ["keep_from": Bind(day("2024-03-30"))])
            for table in snapshots + ["snapshots"] {
                #expect(
                    try database.table("select distinct as_of_date from feature.\(table)")
                        == ["(2024-03-30)"], "\(table)")
            }
        }
    }

    // MARK: - Skew

    private func skew(_ database: SQLDatabase) throws -> [String] {
        try database.table(script: "features/skew", SQLDatabase.arguments(asOf: date))
    }

    @Test func `features that agree with the interactions show no difference`() throws {
        try withFeatures { database in
            let found = try skew(database)
            #expect(found == [])
        }
    }

    /// The date falls on the 22nd of 64 samples: of ids 1 to 128, 22 and 86 are in it.
    @Test(arguments: [
        "impression_count_1d", "impression_count_7d", "impression_count_28d", "positive_count_1d",
        "positive_count_7d", "positive_count_28d",
    ])
    func `a count that was tampered with is found`(column: String) throws {
        try withFeatures { database in
            try database.execute("update feature.item_snapshots set \(column) = \(column) + 1")
            let found = try skew(database)
            #expect(found.count == 2)
            #expect(found.first?.hasPrefix("(\"item 22\",") == true)
            #expect(found.last?.hasPrefix("(\"item 86\",") == true)
        }
    }

    @Test(arguments: [
        "update feature.user_histories set positive_count = positive_count + 1",
        """
        update feature.user_histories set item_ids = item_ids[2:], occurred_dates = occurred_dates[2:],
            weights = weights[2:]
        """,
        "update feature.user_histories set item_ids = array_prepend(999::bigint, item_ids[2:])",
        "update feature.user_histories set item_ids = array_append(item_ids[2:], item_ids[1])",
        "delete from feature.user_histories",
    ])
    func `a history that was tampered with is found`(change: String) throws {
        try withFeatures { database in
            try database.execute(change)
            let found = try skew(database)
            #expect(found.count == 2)
            #expect(found.first?.hasPrefix("(\"user 22\",") == true)
        }
    }
}
