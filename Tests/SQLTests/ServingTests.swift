import Postgres
import SQLCatalog
import Testing

/// The functions that analysts and services call, on lists made by hand.
@Suite struct ServingTests {
    /// User 1 has a list of three; there are five popular items.
    private func withPublication(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            try database.recommend([12, 10, 11], to: 1, in: publication, source: 1)
            try database.fallBack(to: [20, 11, 21, 12, 22], in: publication)
            try database.writeSimilar([11, 12, 13], to: 10, in: publication)
            try database.flip(to: publication)
            try database.connection.setRole("vitrine_analyst")
            try body(database)
        }
    }

    // MARK: - serving.recommend

    static let requests: [(arguments: String, rows: [String])] = [
        ("1, 3", ["(1,12,two_tower)", "(2,10,two_tower)", "(3,11,two_tower)"]),
        ("1, 2", ["(1,12,two_tower)", "(2,10,two_tower)"]),
        ("1, 0", []),
        // Asked for more than was published: the list, no longer than it was.
        ("1, 5", ["(1,12,two_tower)", "(2,10,two_tower)", "(3,11,two_tower)"]),
        ("1, 2147483647", ["(1,12,two_tower)", "(2,10,two_tower)", "(3,11,two_tower)"]),
        // Null counts as the default of 10.
        ("1, null", ["(1,12,two_tower)", "(2,10,two_tower)", "(3,11,two_tower)"]),
        ("99, 2", ["(1,20,fallback)", "(2,11,fallback)"]),
        ("-9223372036854775808, 1", ["(1,20,fallback)"]),
        ("null, 2", ["(1,20,fallback)", "(2,11,fallback)"]),
        ("null, 0", []),
    ]

    @Test(arguments: requests)
    func `recommendations are the list, or popular items where there is none`(
        arguments: String, rows: [String]
    ) throws {
        try withPublication { database in
            let found = try database.table(
                "select rank, item_id, source from serving.recommend(\(arguments))")
            #expect(found == rows)
        }
    }

    @Test func `an item stands once and ranks have no gaps, for every user and any count`() throws {
        try withPublication { database in
            let found = try database.table(
                """
                select u, k from generate_series(0, 3) as u, generate_series(0, 12) as k
                cross join lateral (
                    select count(*) as rows, count(distinct r.item_id) as items, max(r.rank) as last
                    from serving.recommend(u, k) as r
                ) as a
                where a.rows <> a.items or a.rows <> coalesce(a.last, 0)
                    or a.rows <> least(k, case when u = 1 then 3 else 5 end)
                """)
            #expect(found == [])
        }
    }

    @Test(arguments: [
        "serving.recommend(1, -1)", "serving.recommend(99, -1)",
        "serving.recommend(null, -2147483648)",
        "serving.similar_items(10, -1)", "serving.recommendations_as_of(1, '2100-01-01', -1)",
    ])
    func `a negative count is an error that says what to do`(call: String) throws {
        try withPublication { database in
            let error = #expect(throws: PostgresError.self) {
                try database.execute("select * from \(call)")
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.message == "k must not be negative")
            #expect(error?.hint != nil)
        }
    }

    @Test func `before any publication there are no rows`() throws {
        try SQLDatabase.with { database in
            // Lists that are being built do not show.
            let publication = try database.openPublication(run: 1)
            try database.recommend([10], to: 1, in: publication)
            try database.fallBack(to: [20], in: publication)
            for query in [
                "select * from serving.recommend(1, 5)", "select * from serving.recommend(99)",
                "select * from serving.recommendations_as_of(1, '2100-01-01')",
                "select * from serving.similar_items(10)",
                "select * from serving.current_recommendations",
                "select * from serving.recommendations",
            ] {
                #expect(try database.table(query) == [], "\(query)")
            }
            #expect(try database.failure(of: "select * from serving.recommend(1, -1)") == "22023")
        }
    }

    // MARK: - serving.recommendations_as_of

    /// Publications 1, 2, 3 flipped to on the 1st, 2nd and 3rd, then back to 2 on the 4th.
    private func withFlips(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            for (number, moment) in [(1, "2024-03-01"), (2, "2024-03-02"), (3, "2024-03-03")] {
                let publication = try database.openPublication(run: Int64(number))
                try database.recommend([10 + number, 20], to: 1, in: publication)
                try database.fallBack(to: [30 + number], in: publication)
                try database.flip(to: publication)
                try database.dateLastFlip(moment)
            }
            try database.flip(to: 2)
            try database.dateLastFlip("2024-03-04")
            try body(database)
        }
    }

    static let moments: [(moment: String, rows: [String])] = [
        ("2024-02-29 23:59:59.999999", []),
        ("-infinity", []),
        ("2024-03-01 00:00", ["(1,11,1)", "(2,20,1)"]),
        ("2024-03-01 23:59:59.999999", ["(1,11,1)", "(2,20,1)"]),
        ("2024-03-02 00:00", ["(1,12,2)", "(2,20,2)"]),
        ("2024-03-03 12:00", ["(1,13,3)", "(2,20,3)"]),
        ("2024-03-04 00:00", ["(1,12,2)", "(2,20,2)"]),
        ("infinity", ["(1,12,2)", "(2,20,2)"]),
    ]

    @Test(arguments: moments)
    func `a moment gives what was published then`(moment: String, rows: [String]) throws {
        try withFlips { database in
            let found = try database.table(
                """
                select rank, item_id, publication_id
                from serving.recommendations_as_of(1, '\(moment)', 10)
                """)
            #expect(found == rows)
        }
    }

    @Test func `a user without a list had the popular items of that moment`() throws {
        try withFlips { database in
            let query = """
                select m, r.item_id
                from unnest(array['2024-03-01', '2024-03-03', '2024-03-05']::timestamptz[]) as m
                cross join lateral serving.recommendations_as_of(99, m) as r
                order by m
                """
            let found = try database.table(query)
            #expect(found.map { $0.suffix(4) } == [",31)", ",33)", ",32)"])
        }
    }

    @Test func `now is the newest moment`() throws {
        try withFlips { database in
            let now = try database.table("select * from serving.recommend(1, 10)")
            let (newest, never) = (
                try database.table(
                    "select * from serving.recommendations_as_of(1, 'infinity', 10)"),
                try database.table("select * from serving.recommendations_as_of(1, null, 10)")
            )
            #expect(now == newest)
            #expect(never == [])
        }
    }

    @Test func `a publication that was dropped is an error, others stay`() throws {
        try withFlips { database in
            try database.run(
                "publish/drop_publication",
                ["publication_id": Bind(Int64(1)), "model_id": Bind(Int64(1))])
            let error = #expect(throws: PostgresError.self) {
                try database.execute("select * from serving.recommendations_as_of(1, '2024-03-01')")
            }
            #expect(error?.sqlState == "P0002")
            #expect(error?.hint?.contains("keep_publications") == true)
            #expect(
                try database.table(
                    "select item_id from serving.recommendations_as_of(1, '2024-03-03', 1)")
                    == ["(13)"])
        }
    }

    @Test func `the current publication is not dropped, and nothing of it is lost`() throws {
        try withFlips { database in
            let error = #expect(throws: PostgresError.self) {
                try database.run(
                    "publish/drop_publication",
                    ["publication_id": Bind(Int64(2)), "model_id": Bind(Int64(2))])
            }
            #expect(error?.sqlState == "55006")
            let kept = try database.table("select item_id from serving.recommend(1, 3)")
            #expect(kept == ["(12)", "(20)"])
        }
    }

    @Test func `a dropped publication does not become current again`() throws {
        try withFlips { database in
            try database.run(
                "publish/drop_publication",
                ["publication_id": Bind(Int64(1)), "model_id": Bind(Int64(1))])
            try database.flip(to: 1)
            #expect(
                try database.table(
                    "select p.publication_id, c.status from serving.pointer as p, serving.publications as c where c.publication_id = 1"
                ) == ["(2,dropped)"])
        }
    }

    @Test func `a flip to what is current already changes nothing`() throws {
        try withFlips { database in
            let query =
                "select * from serving.flips, serving.pointer order by 1, 4"
            let before = try database.table(query)
            try database.flip(to: 2)
            #expect(try database.table(query) == before)
        }
    }

    @Test func `flips never go back in time`() throws {
        try withFlips { database in
            try database.dateLastFlip("2200-01-01")
            try database.flip(to: 3)
            #expect(
                try database.table(
                    """
                    select f.flipped_at > '2200-01-01', f.flipped_at = p.flipped_at
                    from serving.flips as f, serving.pointer as p
                    order by f.flip_id desc limit 1
                    """) == ["(t,t)"])
        }
    }

    @Test func `the publications beyond the newest expire, never the current one`() throws {
        try withFlips { database in
            try database.execute(
                """
                update serving.publications
                set published_at = '2024-03-01'::timestamptz + publication_id * interval '1 day'
                """)
            let expired = { (kept: Int32) in
                try database.table(
                    script: "publish/expired",
                    ["keep_publications": Bind(kept), "run_id": Bind(Int64(9))])
            }
            #expect(try expired(3) == [])
            #expect(try expired(2) == ["(1)"])
            // The pointer went back to 2, so 2 stays, however few are kept.
            #expect(try expired(1) == ["(1)"])
            #expect(try expired(0) == ["(1)", "(3)"])
        }
    }

    // MARK: - serving.similar_items

    static let similar: [(arguments: String, rows: [String])] = [
        ("10, 2", ["(1,11)", "(2,12)"]),
        ("10, 0", []),
        ("10, null", ["(1,11)", "(2,12)", "(3,13)"]),
        ("10, 2147483647", ["(1,11)", "(2,12)", "(3,13)"]),
        ("99, 5", []),
        ("null, 5", []),
    ]

    @Test(arguments: similar)
    func `similar items come from the current publication`(
        arguments: String, rows: [String]
    ) throws {
        try withPublication { database in
            let found = try database.table(
                "select rank, similar_item_id from serving.similar_items(\(arguments))")
            #expect(found == rows)
        }
    }

    // MARK: - Views

    @Test func `views name the newest version of an item, and only what is current`() throws {
        try withFlips { database in
            try database.addItems(
                "(12, '2024-01-01', 5, '{a}', true), (12, '2024-02-01', 6, '{b}', true)")
            #expect(
                try database.table(
                    """
                    select user_id, rank, item_id, creator_id, tags, publication_id
                    from serving.current_recommendations order by rank
                    """) == ["(1,1,12,6,{b},2)", "(1,2,20,,,2)"])
            #expect(
                try database.table(
                    "select publication_id, is_current from monitor.publications order by 1")
                    == ["(1,f)", "(2,t)", "(3,f)"])
        }
    }

    // MARK: - serving.publication_checksum

    /// The checksum of a publication with three lists, written in the order given.
    private func checksum(
        _ lists: [(user: Int, items: [Int])], fallbacks: [Int] = [20, 21],
        similar: [Int] = [11, 12]
    ) throws -> String {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            for list in lists { try database.recommend(list.items, to: list.user, in: publication) }
            try database.fallBack(to: fallbacks, in: publication)
            try database.writeSimilar(similar, to: 10, in: publication)
            return try database.table("select serving.publication_checksum(\(publication))")[0]
        }
    }

    @Test func `equal content has an equal checksum, in whatever order it was written`() throws {
        let one = try checksum([(1, [10, 11]), (2, [12]), (3, [10])])
        let other = try checksum([(3, [10]), (1, [10, 11]), (2, [12])])
        #expect(one == other)
    }

    @Test func `one change of content changes the checksum`() throws {
        let same = try checksum([(1, [10, 11]), (2, [12])])
        let changed = [
            try checksum([(1, [11, 10]), (2, [12])]), try checksum([(1, [10, 11]), (3, [12])]),
            try checksum([(1, [10]), (2, [12])]), try checksum([(1, [10, 11])]),
            try checksum([(1, [10, 11]), (2, [12])], fallbacks: [21, 20]),
            try checksum([(1, [10, 11]), (2, [12])], similar: [12, 11]),
            try checksum([(1, [12]), (2, [10, 11])]),
        ]
        #expect(Set(changed + [same]).count == changed.count + 1)
    }

    @Test func `the checksum does not depend on the publication's number or the session`() throws {
        try SQLDatabase.with { database in
            for run in 1...2 {
                let publication = try database.openPublication(run: Int64(run))
                try database.recommend([10, 11, 12], to: 1, in: publication)
            }
            let one = try database.table("select serving.publication_checksum(1)")
            #expect(try database.table("select serving.publication_checksum(2)") == one)
            try database.execute("set extra_float_digits = -15")
            #expect(try database.table("select serving.publication_checksum(1)") == one)
        }
    }

    @Test func `a flip stores counts and checksum with the publication`() throws {
        try withFlips { database in
            let found = try database.table(
                """
                select p.publication_id, p.status, p.user_count, p.recommendation_count,
                    p.checksum = serving.publication_checksum(p.publication_id)
                from serving.publications as p order by 1
                """)
            #expect(
                found == [
                    "(1,published,1,2,t)", "(2,published,1,2,t)", "(3,published,1,2,t)",
                ])
        }
    }
}
