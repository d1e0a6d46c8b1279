import Postgres
import SQLCatalog
import Testing

/// What each source proposes before 2024-03-29, in worlds small enough to work it out.
@Suite struct FunnelSourceTests {
    private let date = day("2024-03-29")

    @Test func `popular: most positive events of the last days, less what the user liked`() throws {
        try SQLDatabase.with { database in
            try database.addUsers(1...4, knownAt: "2024-01-01")
            try database.add((10...14).map { ItemVersion(id: $0, isAvailable: $0 != 12) })
            try database.interactAtOnce([
                (1, 10, "like", "2024-03-28"), (2, 10, "click", "2024-03-27"),
                (1, 11, "like", "2024-03-22"), (3, 13, "like", "2024-03-26"),
                (3, 14, "impression", "2024-03-28"),
                // Removed; too old; not positive.
                (2, 12, "like", "2024-03-28"), (3, 12, "like", "2024-03-28"),
                (4, 14, "like", "2024-03-21"), (4, 11, "watch", "2024-03-28"),
            ])
            try database.buildFeatures(asOf: date)
            #expect(
                try database.funnel("retrieve/sources/popular") == [
                    "(1,{13},{1})", "(2,\"{11,13}\",\"{1,1}\")", "(3,\"{10,11}\",\"{2,1}\")",
                    "(4,\"{10,11,13}\",\"{2,1,1}\")",
                ])
        }
    }

    @Test func `neighbours: the cosine of who liked two items, shrunk; removed ones are none`()
        throws
    {
        try SQLDatabase.with { database in
            try database.add((10...13).map { ItemVersion(id: $0, isAvailable: $0 != 12) })
            try database.interactAtOnce(
                [(1, 10), (1, 11), (2, 10), (2, 11), (3, 10), (3, 12), (4, 10), (4, 12), (5, 13)]
                    .map { ($0.0, $0.1, "like", "2024-03-20") })
            try database.buildFeatures(asOf: date)
            // Each of users 1 to 4 liked two: weight 1/ln 3. 10 · 11: 2/ln² 3 over the root of
            // (4/ln² 3 + 1)(2/ln² 3 + 1). 12 was removed: neighbour of nobody, with neighbours of its own.
            #expect(
                try database.table(
                    "select item_id, neighbour_ids, similarities from feature.item_neighbours order by 1"
                )
                    == ["(10,{11},{0.489432})", "(11,{10},{0.489432})", "(12,{10},{0.489432})"])
        }
    }

    @Test func `similar_to_recent: each newer positive weighs a tenth more, ten of them count`()
        throws
    {
        try SQLDatabase.with { database in
            try database.addUsers(1...3, knownAt: "2024-01-01")
            try database.buildFeatures(asOf: date)
            try database.execute(
                """
                insert into feature.user_histories
                    (user_id, as_of_date, item_ids, occurred_dates, weights, positive_count)
                select h.user_id, '2024-03-29', h.items, array_fill('2024-03-01'::date, array[cardinality(h.items)]),
                    array_fill(1::real, array[cardinality(h.items)]), cardinality(h.items)
                from (values (1, '{1,2}'::bigint[]), (2, '{1,20,21,22,23,24,25,26,27,28,29}'), (3, '{9}'))
                    as h (user_id, items);
                insert into feature.item_neighbours (item_id, as_of_date, neighbour_ids, similarities)
                values (1, '2024-03-29', '{3,4}', '{0.5,0.4}'), (2, '2024-03-29', '{1,3}', '{0.9,0.2}'),
                    (2, '2024-03-28', '{8}', '{1}'), (20, '2024-03-29', '{5}', '{1}')
                """)
            // 3: 0.9 × 0.5 + 0.2. Of user 2 the eleventh does not count, and the tenth weighs 0.9⁹.
            #expect(
                try database.funnel("retrieve/sources/similar_to_recent")
                    == ["(1,\"{3,4}\",\"{0.65,0.36}\")", "(2,{5},{0.38742})"])
        }
    }

    @Test func `engaged_creators: affinity or a follow, times the rate of the item`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, creator: 5), ItemVersion(id: 11, creator: 5),
                ItemVersion(id: 12, creator: 5, isAvailable: false),
                ItemVersion(id: 20, creator: 6), ItemVersion(id: 21, creator: 6),
                ItemVersion(id: 30, creator: 7), ItemVersion(id: 40),
            ])
            // Five positives, ten impressions: a rate of a half, which weighs ten impressions.
            try database.interactAtOnce(
                [
                    (1, 10, "like", "2024-03-22"), (1, 20, "follow", "2024-01-05"),
                    // Creators of whom nobody knows, or whom the user was only shown.
                    (1, 30, "watch", "2024-03-28"),
                ] + (11...20).map { ($0, 21, "impression", "2024-03-28") }
                    + (11...14).map { ($0, 21, "like", "2024-03-28") })
            try database.buildFeatures(asOf: date)
            // Creator 5: 0.5 after a week, item 10 was liked, 12 is gone. Creator 6: 3, rates 5/10, 9/20.
            #expect(
                try database.funnel("retrieve/sources/engaged_creators", buckets: 1...1)
                    == ["(1,\"{20,21,11}\",\"{1.5,1.35,0.25}\")"])
        }
    }

    @Test func `engaged_creators: the newest twenty of a creator are looked at`() throws {
        try SQLDatabase.with { database in
            try database.add(
                (1...25).map {
                    ItemVersion(
                        id: $0, createdAt: $0 == 3 ? "2024-03-01" : "2024-01-01", creator: 5)
                })
            try database.interactAtOnce([(1, 1, "follow", "2024-03-28")])
            try database.buildFeatures(asOf: date)
            let found = try database.connection.value(
                try database.catalog.script("retrieve/sources/engaged_creators").query(
                    SQLDatabase.arguments(asOf: date).merging([
                        "quota": Bind(Int32(50)), "from_bucket": Bind(Int16(0)),
                        "until_bucket": Bind(Int16(1)),
                    ]) { $1 }
                ).selecting("item_ids"), as: [Int64].self)
            // Of equal age those of the larger number.
            #expect(found == [3] + Array(7...25))
        }
    }

    @Test func `rediscovered_creators: liked once, not met for long`() throws {
        try SQLDatabase.with { database in
            try database.add([
                ItemVersion(id: 10, creator: 5),
                ItemVersion(id: 11, creator: 5, isAvailable: false),
                ItemVersion(id: 12, creator: 5),
                ItemVersion(id: 13, creator: 5, isAvailable: false),
                ItemVersion(id: 20, creator: 6), ItemVersion(id: 21, creator: 6),
                ItemVersion(id: 30), ItemVersion(id: 31),
            ])
            try database.interactAtOnce(
                [
                    // Both count for the creator, though one was removed since.
                    (1, 10, "like", "2024-03-01"), (1, 11, "like", "2024-03-02"),
                    (2, 10, "like", "2024-03-14"),
                    // Fourteen days ago: met.
                    (3, 20, "like", "2024-03-15"), (1, 30, "like", "2024-03-01"),
                ] + (11...20).map { ($0, 12, "impression", "2024-03-28") })
            try database.buildFeatures(asOf: date)
            // Five positives, ten impressions: 12 has (0 + 5)/(10 + 10).
            #expect(
                try database.funnel("retrieve/sources/rediscovered_creators")
                    == ["(1,{12},{0.5})", "(2,{12},{0.25})"])
        }
    }
}

extension Query {
    /// The same rows with one column alone.
    fileprivate func selecting(_ column: String) -> Query {
        var query = self
        query.text = "select t.\(column) from (\n\(text)\n) as t"
        return query
    }
}
