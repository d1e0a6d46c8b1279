import Postgres
import SQLCatalog
import Testing

/// Histories that are cut: three places, of which one is for the strongest of what is not among the two
/// newest. A like weighs 1, a click 0.5.
@Suite struct LongHistoryTests {
    private let date = day("2024-03-29")

    private typealias Event = (user: Int, item: Int, action: String, at: String)

    private func histories(
        _ events: [Event], items: String? = nil, _ parameters: [String: Bind] = [:]
    ) throws -> [String] {
        try SQLDatabase.with { database in
            if let items { try database.addItems(items) }
            try database.interactAtOnce(events)
            try database.buildFeatures(asOf: date, parameters)
            return try database.table(
                "select item_ids, weights, positive_count from feature.user_histories order by user_id"
            )
        }
    }

    /// Items 11 to 15, one a day.
    private func days(_ actions: String...) -> [Event] {
        actions.enumerated().map { (1, 11 + $0, $1, "2024-03-0\($0 + 1)") }
    }

    @Test func `a like outweighs newer clicks`() throws {
        #expect(
            try histories(days("click", "like", "click", "click", "click"))
                == ["(\"{12,14,15}\",\"{1,0.5,0.5}\",5)"])
    }

    @Test func `three clicks outweigh a like, and a like beside a click two of them`() throws {
        let more: [Event] = [(1, 11, "click", "2024-02-28"), (1, 11, "click", "2024-02-29")]
        #expect(
            try histories(days("click", "like", "click", "click", "click") + more)
                == ["(\"{11,14,15}\",\"{0.5,0.5,0.5}\",5)"])
        // Item 11: 0.5 · 2; item 12: 1 + 0.5; the actions of one item count together.
        let beside: [Event] = [(1, 11, "click", "2024-02-28"), (1, 12, "like", "2024-02-28")]
        #expect(
            try histories(days("click", "click", "click", "click", "click") + beside)
                == ["(\"{12,14,15}\",\"{1,0.5,0.5}\",5)"])
    }

    @Test func `creators whom the user comes back to count more`() throws {
        // Item 11 is of the creator of item 15: 1 + ln 2 = 1.69 beside 1 and 1. Item 13 gets its creator
        // on the date itself, which is not known yet.
        let items = """
            (11, '2024-01-01', 5, '{}', true), (12, '2024-01-01', 6, '{}', true),
            (13, '2024-01-01', null, '{}', true), (13, '2024-03-29', 5, '{}', true),
            (14, '2024-01-01', 7, '{}', true), (15, '2024-01-01', 5, '{}', true)
            """
        #expect(
            try histories(days("like", "like", "like", "like", "like"), items: items)
                == ["(\"{11,14,15}\",\"{1,1,1}\",5)"])
        // A click on the one is not worth a like of the others, 0.5 · 1.69 < 1; the newer of those stays.
        #expect(
            try histories(days("click", "like", "like", "like", "like"), items: items)
                == ["(\"{13,14,15}\",\"{1,1,1}\",5)"])
    }

    @Test func `what fits is kept, whatever its strength`() throws {
        #expect(
            try histories(days("click", "like", "click"))
                == ["(\"{11,12,13}\",\"{0.5,1,0.5}\",3)"])
    }

    @Test func `of equal strength the newest stay, and without places for the strongest always`()
        throws
    {
        #expect(
            try histories(days("like", "like", "like", "like", "like"))
                == ["(\"{13,14,15}\",\"{1,1,1}\",5)"])
        #expect(
            try histories(
                days("like", "like", "click", "click", "click"),
                ["strongest_length": Bind(Int32(0))])
                == ["(\"{13,14,15}\",\"{0.5,0.5,0.5}\",5)"])
    }

    @Test func `what becomes known later changes no history`() throws {
        try SQLDatabase.with { database in
            try database.interactAtOnce(days("like", "like", "like", "like", "like"))
            try database.buildFeatures(asOf: date)
            let before = try database.features(["user_histories"])
            try database.interact(
                """
                (1, 11, 'like', '2024-03-02', '2024-03-29'),
                (1, 11, 'click', '2024-03-03', '2024-03-29')
                """)
            try database.buildFeatures(asOf: date)
            #expect(try database.features(["user_histories"]) == before)
            try database.buildFeatures(asOf: date.advanced(by: 1))
            #expect(
                try database.table(
                    "select item_ids from feature.user_histories where as_of_date = '2024-03-30'")
                    == ["(\"{11,14,15}\")"])
        }
    }

    @Test func `a cut history is recomputed too`() throws {
        try SQLDatabase.with { database in
            // The user that is recomputed on this date.
            let user = Int(date.daysSinceEpoch - day("2000-01-01").daysSinceEpoch) % 64
            let items = (11...15).map { "(\($0), '2024-01-01', \($0 % 2), '{}', true)" }
            try database.addItems(items.joined(separator: ", "))
            try database.interactAtOnce(
                days("click", "like", "click", "click", "click").map {
                    (user, $0.item, $0.action, $0.at)
                })
            try database.buildFeatures(asOf: date)
            func differences() throws -> [String] {
                try database.table(
                    script: "features/skew", SQLDatabase.arguments(asOf: date))
            }
            #expect(
                try database.table("select item_ids from feature.user_histories")
                    == ["(\"{12,14,15}\")"])
            #expect(try differences() == [])
            // The newest alone, as other settings would have it.
            try database.execute("update feature.user_histories set item_ids = '{13,14,15}'")
            #expect(try differences().count == 1)
        }
    }

    @Test func `what was liked is taken out, whether its place was kept or not`() throws {
        try SQLDatabase.with { database in
            try database.interactAtOnce(
                days("click", "like", "click", "click", "click") + [
                    (2, 11, "like", "2024-03-01"), (1, 16, "hide", "2024-03-01"),
                    (1, 17, "like", "2024-01-28"),
                ])
            try database.buildFeatures(asOf: date)
            #expect(
                try database.funnel("rank/filters/seen/pairs")
                    == ["(1,\"{11,12,13,14,15}\")", "(2,{11})"])
        }
    }
}
