import Postgres
import SQLCatalog
import Testing

/// Windows of 1, 7 and 28 days before 2024-03-29, by item and by user.
@Suite struct WindowTests {
    private let date = day("2024-03-29")

    /// One click by user 1 on item 10 at each moment.
    private func withClicks(at moments: [String], _ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            try database.interactAtOnce(moments.map { (1, 10, "click", $0) })
            try database.buildFeatures(asOf: date)
            try body(database)
        }
    }

    static let edges: [(moment: String, counts: String?)] = [
        ("2024-03-28 23:59:59.999999", "(1,1,1,2024-03-28)"),
        ("2024-03-28 00:00", "(1,1,1,2024-03-28)"),
        ("2024-03-27 23:59:59.999999", "(0,1,1,2024-03-27)"),
        ("2024-03-22 00:00", "(0,1,1,2024-03-22)"),
        ("2024-03-21 23:59:59.999999", "(0,0,1,2024-03-21)"),
        ("2024-03-01 00:00", "(0,0,1,2024-03-01)"),
        ("2024-02-29 23:59:59.999999", nil),
        ("2024-03-29 00:00", nil),
    ]

    @Test(arguments: edges)
    func `an event counts in the windows that its day lies in`(
        moment: String, counts: String?
    ) throws {
        try withClicks(at: [moment]) { database in
            for grain in ["item", "user"] {
                let found = try database.table(
                    """
                    select event_count_1d, event_count_7d, event_count_28d, last_occurred_date
                    from feature.\(grain)_action_windows where as_of_date = '2024-03-29'
                    """)
                #expect(found == [counts].compactMap { $0 }, "\(grain)")
            }
        }
    }

    @Test func `the day before is that of UTC, whatever the session's time zone`() throws {
        try SQLDatabase.with { database in
            try database.interactAtOnce([(1, 10, "click", "2024-03-27 23:00+00")])
            try database.execute("set time zone 'Asia/Tokyo'")
            try database.buildFeatures(asOf: date)
            #expect(
                try database.table(
                    "select event_count_1d, last_occurred_date from feature.item_action_windows")
                    == ["(0,2024-03-27)"])
            #expect(
                try database.table("select item_ids, occurred_dates from feature.user_histories")
                    == ["({10},{2024-03-27})"])
        }
    }

    @Test func `rates are smoothed by ten impressions at the overall rate`() throws {
        try SQLDatabase.with { database in
            // Item 10: 4 impressions, clicks 2, 4, 6 in 1, 7, 28 days. Item 20: 16 impressions.
            var events: [(user: Int, item: Int, action: String, at: String)] = []
            for hour in 0..<4 { events.append((1, 10, "impression", "2024-03-28 0\(hour):00")) }
            for hour in 0..<8 { events.append((2, 20, "impression", "2024-03-28 0\(hour):00")) }
            for hour in 0..<8 { events.append((3, 20, "impression", "2024-03-28 0\(hour):00")) }
            for moment in [
                "2024-03-28 01:00", "2024-03-28 02:00", "2024-03-23", "2024-03-24", "2024-03-02",
                "2024-03-03",
            ] {
                events.append((1, 10, "click", moment))
            }
            try database.interactAtOnce(events)
            try database.buildFeatures(asOf: date)
            // Overall rates: 2/20, 4/20, 6/20; so (2 + 10 × 0.1) / (4 + 10), and so on.
            #expect(
                try database.table(
                    """
                    select item_id, a.action_name, event_count_28d, round(rate_1d::numeric, 6),
                        round(rate_7d::numeric, 6), round(rate_28d::numeric, 6)
                    from feature.item_action_windows inner join source.actions as a using (action_id)
                    order by item_id, action_name
                    """) == [
                        "(10,click,6,0.214286,0.428571,0.642857)",
                        "(10,impression,4,1.000000,1.000000,1.000000)",
                        "(20,impression,16,1.000000,1.000000,1.000000)",
                    ])
            // Of users 1, 2 and 3 the first alone clicked; 4 of the 20 impressions are theirs.
            #expect(
                try database.table(
                    """
                    select user_id, round(rate_1d::numeric, 6), round(rate_7d::numeric, 6),
                        round(rate_28d::numeric, 6)
                    from feature.user_action_windows where action_id = 2
                    """) == ["(1,0.214286,0.428571,0.642857)"])
            // Item 20 has none, so it has the prior: 10 × 0.2 / (16 + 10).
            #expect(
                try database.table(
                    """
                    select item_id, positive_count_1d, positive_count_7d, positive_count_28d,
                        impression_count_1d, impression_count_28d, days_since_last_event,
                        round(positive_rate_7d::numeric, 6), round(positive_rate_28d::numeric, 6)
                    from feature.item_snapshots order by item_id
                    """) == [
                        "(10,2,4,6,4,4,1,0.428571,0.642857)",
                        "(20,0,0,0,16,16,1,0.076923,0.115385)",
                    ])
        }
    }

    @Test func `without any impression rates are counts over the prior`() throws {
        try withClicks(at: ["2024-03-28"]) { database in
            let found = try database.table(
                "select rate_1d, rate_7d, rate_28d from feature.item_action_windows")
            #expect(found == ["(0.1,0.1,0.1)"])
        }
    }

    @Test func `items are of the snapshot once they are known or had an event`() throws {
        try SQLDatabase.with { database in
            try database.addItems(
                """
                (1, '2024-03-19 12:00', 5, '{}', true), (2, '2024-03-28 23:59:59', 5, '{}', false),
                (3, '2024-03-29', 5, '{}', true)
                """)
            try database.interactAtOnce([(1, 4, "click", "2024-03-20")])
            try database.buildFeatures(asOf: date)
            let found = try database.table(
                """
                select item_id, round(age_days::numeric, 2), days_since_last_event
                from feature.item_snapshots order by item_id
                """)
            #expect(found == ["(1,9.50,)", "(2,0.00,)", "(4,,9)"])
            #expect(
                try database.table(
                    script: "features/items", SQLDatabase.arguments(asOf: date))
                    == ["(1,5,{},t,\"\")", "(2,5,{},f,\"\")", "(4,,{},f,\"\")"])
        }
    }
}
