import Postgres
import SQLCatalog
import Testing

/// What each filter takes out before 2024-03-29.
@Suite struct FunnelFilterTests {
    private let date = day("2024-03-29")

    private func rows(_ filter: String, _ database: SQLDatabase) throws -> [String] {
        try database.funnel("rank/filters/\(filter)")
    }

    // MARK: - Items, at once

    @Test func `removed: whatever the date of the run`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10), ItemVersion(id: 11), ItemVersion(id: 12, isAvailable: false),
                ItemVersion(id: 11, knownAt: "2024-04-05", isAvailable: false),
                ItemVersion(id: 12, knownAt: "2024-02-01"),
                ItemVersion(id: 13, isAvailable: false),
            ])
            #expect(try rows("removed/items", database) == ["(11)", "(13)"])
        }
    }

    @Test func `not_yet_public: published after the day of the lists`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, createdAt: nil), ItemVersion(id: 11, createdAt: "2024-03-28"),
                ItemVersion(id: 12, createdAt: "2024-03-29 23:59"),
                ItemVersion(id: 13, createdAt: "2024-03-30"),
                ItemVersion(id: 14, createdAt: "2024-03-01"),
                ItemVersion(id: 14, knownAt: "2024-04-01", createdAt: "2024-05-01"),
            ])
            #expect(try rows("not_yet_public/items", database) == ["(13)", "(14)"])
        }
    }

    @Test func `policy: one of the flags is enough, and a flag counts at once`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, attributes: #"{"policy_flags": ["borderline"]}"#),
                ItemVersion(id: 11, attributes: #"{"policy_flags": ["borderline", "violating"]}"#),
                ItemVersion(id: 12, attributes: #"{"policy_flags": []}"#),
                ItemVersion(id: 13, attributes: #"{"flags": ["violating"]}"#), ItemVersion(id: 14),
                ItemVersion(
                    id: 14, knownAt: "2024-04-01", attributes: #"{"policy_flags": ["violating"]}"#),
                ItemVersion(id: 15, attributes: #"{"policy_flags": ["violating"]}"#),
                ItemVersion(id: 15, knownAt: "2024-02-01"),
            ])
            #expect(try rows("policy/items", database) == ["(11)", "(14)"])
            #expect(
                try database.funnel(
                    "rank/filters/policy/items", ["removed_flags": Bind(["borderline", "other"])])
                    == ["(10)", "(11)"])
        }
    }

    // MARK: - Traits

    @Test func `region: where an item is blocked, by the attribute region or country`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, attributes: #"{"blocked_regions": ["fr", "de"]}"#),
                ItemVersion(id: 11, attributes: #"{"blocked_regions": "fr"}"#), ItemVersion(id: 12),
            ])
            try database.addUser(1, #"{"region": "fr"}"#)
            try database.addUser(2, #"{"country": "de", "language": "fr"}"#)
            try database.addUser(3, #"{"region": "it", "country": "fr"}"#)
            try database.addUser(4, #"{"region": 5}"#)
            try database.addUser(5)
            try database.buildFeatures(asOf: date)
            #expect(try rows("region/item_traits", database) == [#"(10,"{fr,de}")"#])
            #expect(
                try rows("region/refused_traits", database) == ["(1,{fr})", "(2,{de})", "(3,{it})"])
        }
    }

    @Test func `language: what a user does not read, where both sides say so`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, language: "de"), ItemVersion(id: 11, language: "fr"),
                ItemVersion(id: 12, language: "it"), ItemVersion(id: 13),
                ItemVersion(id: 13, knownAt: "2024-03-28", language: "fr"),
            ])
            try database.addUser(1, #"{"language": "de"}"#)
            try database.addUser(2, #"{"languages": ["fr", "de"], "language": "it"}"#)
            try database.addUser(3, #"{"languages": []}"#)
            try database.addUser(4, #"{"language": 7}"#)
            try database.addUser(5)
            try database.buildFeatures(asOf: date)
            #expect(
                try rows("language/item_traits", database)
                    == ["(10,{de})", "(11,{fr})", "(12,{it})", "(13,{fr})"])
            #expect(
                try rows("language/refused_traits", database)
                    == [#"(1,"{fr,it}")"#, "(2,{it})"])
        }
    }

    @Test func `hidden_creator: two hidden lately, and fewer liked`() throws {
        try SQLDatabase.with { database in
            try database.add(
                (10...13).map { ItemVersion(id: $0, creator: 5) }
                    + [ItemVersion(id: 20, creator: 6), ItemVersion(id: 21, creator: 6)]
                    + [ItemVersion(id: 30)])
            try database.interactAtOnce([
                (1, 10, "hide", "2024-03-28"), (1, 11, "report", "2024-03-15"),
                (1, 12, "like", "2024-03-28"),
                // The same item twice is one.
                (2, 10, "hide", "2024-03-28"), (2, 10, "hide", "2024-03-27"),
                // As many liked.
                (3, 10, "hide", "2024-03-28"), (3, 11, "hide", "2024-03-28"),
                (3, 12, "like", "2024-03-28"), (3, 13, "click", "2024-03-28"),
                // One of each creator; one too old; nobody's.
                (4, 10, "hide", "2024-03-28"), (4, 20, "hide", "2024-03-28"),
                (5, 20, "hide", "2024-03-28"), (5, 21, "hide", "2024-03-14"),
                (6, 30, "hide", "2024-03-28"), (6, 20, "hide", "2024-03-28"),
                (6, 21, "hide", "2024-03-28"),
            ])
            try database.buildFeatures(asOf: date)
            #expect(
                try rows("hidden_creator/item_traits", database)
                    == (10...13).map { "(\($0),{5})" } + ["(20,{6})", "(21,{6})"])
            #expect(try rows("hidden_creator/refused_traits", database) == ["(1,{5})", "(6,{6})"])
        }
    }

    @Test func `hidden_tag: three hidden lately and fewer liked, unless all have the tag`() throws {
        try SQLDatabase.with { database in
            // Four of eight have the tag a, the largest share that counts; all have "all".
            try database.add(
                (10...13).map { ItemVersion(id: $0, tags: ["a", "all"]) }
                    + (20...23).map { ItemVersion(id: $0, tags: ["b", "all"]) })
            try database.interactAtOnce(
                (10...12).map { (1, $0, "hide", "2024-03-28") }
                    + (10...11).map { (2, $0, "hide", "2024-03-28") }
                    + [(2, 20, "hide", "2024-03-28"), (2, 12, "hide", "2024-03-14")]
                    + (20...23).map { (3, $0, "report", "2024-03-20") }
                    + (20...22).map { (3, $0, "like", "2024-03-20") }
                    + (20...22).map { (4, $0, "hide", "2024-03-20") }
                    + (20...22).map { (4, $0, "like", "2024-03-20") })
            try database.buildFeatures(asOf: date)
            #expect(
                try rows("hidden_tag/item_traits", database)
                    == (10...13).map { #"(\#($0),"{a,all}")"# }
                    + (20...23).map { #"(\#($0),"{b,all}")"# })
            #expect(try rows("hidden_tag/refused_traits", database) == ["(1,{a})", "(3,{b})"])
            #expect(
                try database.funnel(
                    "rank/filters/hidden_tag/refused_traits", ["largest_share": Bind(1.0)])
                    == [#"(1,"{a,all}")"#, #"(2,{all})"#, #"(3,"{all,b}")"#])
        }
    }

    // MARK: - Pairs

    @Test func `hidden_item: whatever was hidden or reported, whenever`() throws {
        try SQLDatabase.with { database in
            try database.interactAtOnce([
                (1, 12, "hide", "2024-03-28"), (1, 10, "report", "2023-06-01"),
                (1, 12, "hide", "2024-03-20"), (1, 11, "like", "2024-03-20"),
                (2, 10, "click", "2024-03-20"), (3, 10, "hide", "2024-03-20"),
            ])
            try database.buildFeatures(asOf: date)
            #expect(
                try rows("hidden_item/pairs", database) == [#"(1,"{10,12}")"#, "(3,{10})"])
        }
    }

    @Test func `seen: liked, or shown three times within a week`() throws {
        try SQLDatabase.with { database in
            try database.interactAtOnce(
                ["22", "25", "28"].map { (1, 10, "impression", "2024-03-\($0)") }
                    // Twice; once too old.
                    + ["25", "28"].map { (1, 11, "impression", "2024-03-\($0)") }
                    + ["21 23:59", "25", "28"].map { (1, 12, "impression", "2024-03-\($0)") }
                    + [(1, 13, "like", "2024-02-15"), (2, 13, "watch", "2024-03-28")])
            try database.interact("(3, 10, 'impression', '2024-03-28', '2024-03-28')")
            try database.execute(
                "update source.interactions set repeat_count = 3 where user_id = 3")
            try database.buildFeatures(asOf: date)
            #expect(try rows("seen/pairs", database) == [#"(1,"{10,13}")"#, "(3,{10})"])
            // Never by impressions alone.
            #expect(
                try database.funnel("rank/filters/seen/pairs", ["seen_count": Bind(Int32(0))])
                    == ["(1,{13})"])
        }
    }

    @Test func `every filter of the table has a fate and a folder`() throws {
        try SQLDatabase.with { database in
            let names = try database.connection.query(
                try database.catalog.script("rank/filters").query(),
                as: (String, Int16?, JSONB).self)
            #expect(names.count == 9 && names.allSatisfy { $0.1 != nil })
            let folders = Set(FunnelStatement.filters.map { String($0.split(separator: "/")[2]) })
            #expect(folders == Set(names.map(\.0)))
            try database.execute("update serving.filters set is_enabled = false")
            #expect(try database.table(script: "rank/filters") == ["(removed,10,{})"])
        }
    }
}
