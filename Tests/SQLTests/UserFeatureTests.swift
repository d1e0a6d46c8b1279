import Postgres
import SQLCatalog
import Testing

/// Cohorts, histories and affinities of users before 2024-03-29.
@Suite struct UserFeatureTests {
    private let date = day("2024-03-29")

    @Test func `cohorts follow from active days of the last four weeks`() throws {
        try SQLDatabase.with { database in
            // User u is active on u days; two events on each; users 0 and 50 only exist.
            try database.addUsers(0...0, knownAt: "2024-03-28")
            try database.addUsers(50...50, knownAt: "2024-03-29")
            try database.interactAtOnce(
                [1, 2, 3, 9, 10, 28].flatMap { user in
                    (0..<user).flatMap { offset in
                        ["08:00", "09:00"].map {
                            (user, 10, "impression", "\(date.advanced(by: -1 - offset)) \($0)")
                        }
                    }
                } + [(40, 10, "click", "2024-02-29 23:59")])
            try database.buildFeatures(asOf: date)
            #expect(
                try database.table(
                    """
                    select user_id, activity_cohort, active_days_28d, event_count_28d,
                        days_since_last_event
                    from feature.user_snapshots order by user_id
                    """) == [
                        "(0,new,0,0,)", "(1,low,1,2,1)", "(2,low,2,4,1)", "(3,medium,3,6,1)",
                        "(9,medium,9,18,1)", "(10,high,10,20,1)", "(28,high,28,56,1)",
                        "(40,new,0,0,)",
                    ])
        }
    }

    // MARK: - Histories

    private func history(
        _ events: [(user: Int, item: Int, action: String, at: String)]
    ) throws -> [String] {
        try SQLDatabase.with { database in
            try database.interactAtOnce(events)
            try database.buildFeatures(asOf: date)
            return try database.table(
                """
                select user_id, item_ids, occurred_dates, weights, positive_count
                from feature.user_histories order by user_id
                """)
        }
    }

    @Test func `a history is in order, oldest first`() throws {
        #expect(
            try history([
                (1, 12, "like", "2024-03-03"), (1, 10, "like", "2024-03-01 12:00"),
                (1, 11, "like", "2024-03-01 13:00"),
            ]) == ["(1,\"{10,11,12}\",\"{2024-03-01,2024-03-01,2024-03-03}\",\"{1,1,1}\",3)"])
    }

    @Test func `an item liked twice stands once, at its last place`() throws {
        #expect(
            try history([
                (1, 10, "like", "2024-03-01"), (1, 11, "like", "2024-03-02"),
                (1, 10, "like", "2024-03-03"),
            ]) == ["(1,\"{11,10}\",\"{2024-03-02,2024-03-03}\",\"{1,1}\",2)"])
    }

    @Test func `a history is cut to the newest, and says how many there were`() throws {
        #expect(
            try history((1...5).map { (1, 10 + $0, "like", "2024-03-0\($0)") })
                == ["(1,\"{13,14,15}\",\"{2024-03-03,2024-03-04,2024-03-05}\",\"{1,1,1}\",5)"])
    }

    @Test func `a weight is the largest among the actions on the item`() throws {
        #expect(
            try history([
                (1, 10, "like", "2024-03-01"), (1, 10, "click", "2024-03-02"),
                (1, 11, "click", "2024-03-03"),
            ]) == ["(1,\"{10,11}\",\"{2024-03-02,2024-03-03}\",\"{1,0.5}\",2)"])
    }

    @Test func `what is not positive, too old or not known yet is left out`() throws {
        #expect(
            try history([
                (1, 10, "impression", "2024-03-01"), (1, 11, "hide", "2024-03-02"),
                // 60 days before the date is 2024-01-29.
                (1, 12, "like", "2024-01-28 23:59:59"), (1, 13, "like", "2024-01-29"),
                (1, 14, "like", "2024-03-29"), (2, 15, "watch", "2024-03-02"),
            ]) == ["(1,{13},{2024-01-29},{1},1)"])
    }

    @Test func `events of one moment are ordered by item`() throws {
        #expect(
            try history([3, 1, 4, 2].map { (1, $0, "like", "2024-03-05 12:00") })
                == ["(1,\"{2,3,4}\",\"{2024-03-05,2024-03-05,2024-03-05}\",\"{1,1,1}\",4)"])
    }

    // MARK: - Affinities

    @Test func `an action without weight is positive nowhere, whatever the job names`() throws {
        try SQLDatabase.with { database in
            // The item and the user that are recomputed on this date.
            let sample = Int(date.daysSinceEpoch - day("2000-01-01").daysSinceEpoch) % 64
            try database.addItems("(\(sample), '2024-03-01', 7, '{a}', true)")
            try database.execute(
                "update source.actions set label_weight = 0 where action_name = 'click'")
            try database.interactAtOnce(
                ["impression", "like", "click", "watch"].map {
                    (sample, sample, $0, "2024-03-28 08:00")
                })
            try database.buildFeatures(asOf: date)
            for (table, columns) in [
                ("item_snapshots", "positive_count_1d, positive_count_7d, positive_count_28d"),
                ("user_histories", "positive_count, cardinality(item_ids), 1"),
                ("user_tag_affinities", "positive_count, 1, 1"),
                ("user_creator_affinities", "positive_count, 1, 1"),
            ] {
                #expect(
                    try database.table("select \(columns) from feature.\(table)") == ["(1,1,1)"],
                    "\(table)")
            }
            #expect(
                try database.table(
                    script: "features/skew", SQLDatabase.arguments(asOf: date)) == [])
        }
    }

    @Test func `affinities halve with every week and are shared among tags`() throws {
        try SQLDatabase.with { database in
            try database.addItems(
                """
                (10, '2024-01-01', 5, '{a,b}', true), (11, '2024-01-01', 6, '{a}', true),
                (12, '2024-01-01', null, '{}', true),
                -- What is said on the date itself is not known yet.
                (11, '2024-03-29', 7, '{c}', true)
                """)
            try database.interactAtOnce([
                (1, 10, "like", "2024-03-22"),  // 7 days: 0.5, 0.25 a tag
                (1, 11, "like", "2024-03-15"),  // 14 days: 0.25
                (1, 11, "click", "2024-03-15"),  // once more
                (1, 12, "like", "2024-03-22"),
                (1, 10, "impression", "2024-03-28"),
                (2, 11, "like", "2024-03-01"),  // 28 days: 0.0625
                (3, 11, "like", "2024-02-29"),  // 29 days
                (4, 99, "like", "2024-03-22"),  // an item nobody has imported
            ])
            try database.buildFeatures(asOf: date)
            #expect(
                try database.table(
                    """
                    select user_id, tag, affinity, positive_count
                    from feature.user_tag_affinities order by user_id, tag
                    """) == ["(1,a,0.75,3)", "(1,b,0.25,1)", "(2,a,0.0625,1)"])
            #expect(
                try database.table(
                    """
                    select user_id, creator_id, affinity, positive_count
                    from feature.user_creator_affinities order by user_id, creator_id
                    """) == ["(1,5,0.5,1)", "(1,6,0.5,2)", "(2,6,0.0625,1)"])
        }
    }

    @Test func `profiles are those known before the date, attribute by attribute`() throws {
        try SQLDatabase.with { database in
            try database.execute(
                """
                insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
                values (1, '2024-01-01', '{"country": "fr", "age": 30}', 1, 1),
                    (1, '2024-03-28', '{"country": "de"}', 2, 1),
                    (1, '2024-03-29', '{"country": "it"}', 3, 1)
                """)
            try database.buildFeatures(asOf: date)
            var arguments = SQLDatabase.arguments(asOf: date)
            arguments["profile_attributes"] = Bind(["age", "country"])
            arguments["profile_numbers"] = Bind([String]())
            arguments["from_bucket"] = Bind(Int16(1))
            arguments["until_bucket"] = Bind(Int16(1))
            #expect(
                try database.table(script: "features/users", arguments)
                    == ["(1,new,\"{\"\"\"\",de}\",{},{},{},{},0)"])
            arguments["until_bucket"] = Bind(Int16(0))
            #expect(try database.table(script: "features/users", arguments) == [])
        }
    }
}
