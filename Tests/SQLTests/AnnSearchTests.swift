import Postgres
import SQLCatalog
import Testing

/// `ann.search` and `ann.similar_items` against every pair scored in SQL, on an index made by hand.
@Suite struct AnnSearchTests {
    private static let itemCount = 60
    private static let query = "array[0.5, -0.25, 1, 0.125]::real[]"

    /// A current publication with an index of 60 items in seven lists, in chunks of three.
    private func withIndex(
        similarity: String = "inner_product", probes: Int = 1,
        _ body: (SQLDatabase, _ index: Int64, _ space: Int64) throws -> Void
    ) throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            let space = try database.connection.value(
                "select model_id from serving.publications where publication_id = \(publication)",
                as: Int64.self)
            try database.embedItems(Self.itemCount, space: space)
            let index = try database.writeIndex(
                publication: publication, space: space, lists: 7, probes: probes,
                similarity: similarity, chunk: 3)
            try database.addItems(
                (1...Self.itemCount).map {
                    "(\($0), '2024-03-01', 1, '{topic \($0 % 5),all}', true)"
                }.joined(separator: ", "))
            try database.flip(to: publication)
            try database.connection.setRole("vitrine_analyst")
            try body(database, index, space)
        }
    }

    /// The score of an item `e` for a query, written out pair by pair.
    private static func score(_ similarity: String, width: Int = 4) -> String {
        func sum(_ term: String) -> String {
            """
            (select sum(\(term)) from generate_series(1, \(width)) as c (i)
             cross join lateral (select e.embedding[c.i]::double precision as a,
                 q.query[c.i]::double precision as b) as p)
            """
        }
        return switch similarity {
        case "inner_product": sum("p.a * p.b")
        case "cosine": "\(sum("p.a * p.b")) / sqrt(\(sum("p.a * p.a")) * \(sum("p.b * p.b")))"
        default: "-\(sum("(p.a - p.b) * (p.a - p.b)"))"
        }
    }

    /// The k best items by score, as ``SQLDatabase/table(_:)`` shows them.
    private func plain(
        _ database: SQLDatabase, _ similarity: String, query: String = Self.query, k: Int,
        width: Int = 4, where condition: String = "true"
    ) throws -> [String] {
        try database.table(
            """
            select row_number() over (order by s.score desc, s.item_id), s.item_id,
                round(s.score::numeric, 9)
            from (
                select e.item_id, \(Self.score(similarity, width: width)) as score
                from model.item_embeddings as e
                cross join (select \(query) as query) as q
                where \(condition)
            ) as s
            order by 1
            limit \(k)
            """)
    }

    private func found(_ database: SQLDatabase, _ arguments: String) throws -> [String] {
        try database.table(
            """
            select rank, item_id, round(score::numeric, 9)
            from ann.search(\(Self.query), \(arguments)) order by rank
            """)
    }

    @Test(arguments: ["inner_product", "cosine", "l2"])
    func `with all lists read the result is exact, for any k`(similarity: String) throws {
        try withIndex(similarity: similarity) { database, _, _ in
            for k in [0, 1, 9, 59, 60, 61, 1000] {
                let rows = try found(database, "\(k), probes => 7")
                #expect(rows == (try plain(database, similarity, k: k)), "k = \(k)")
                #expect(rows.count == min(k, Self.itemCount))
            }
        }
    }

    /// The embeddings of items in another form: half precision for odd items, eight bits for even ones.
    private func encodeItems(_ database: SQLDatabase) throws {
        let items = try database.connection.query(
            "select item_id, embedding from model.item_embeddings order by item_id",
            as: (Int64, [Float]).self)
        for (item, embedding) in items {
            var (code, scale): ([UInt8], Float?) = ([], nil)
            if item.isMultiple(of: 2) {
                scale = embedding.map(abs).max()! / 127
                code = embedding.map { UInt8(bitPattern: Int8(($0 / scale!).rounded())) }
            } else {
                code = embedding.map { Float16($0).bitPattern }
                    .flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            }
            try database.connection.execute(
                """
                update model.item_vectors set components = null, code = \(code), scale = \(scale)
                where item_id = \(item)
                """)
        }
    }

    @Test(arguments: ["inner_product", "cosine", "l2"])
    func `what is searched is what is stored, in any encoding`(similarity: String) throws {
        try withIndex(similarity: similarity) { database, _, _ in
            let before = try found(database, "60, probes => 7")
            try database.connection.setRole("vitrine_job")
            try encodeItems(database)
            try database.connection.setRole("vitrine_analyst")
            let rows = try found(database, "60, probes => 7")
            #expect(rows == (try plain(database, similarity, k: 60)))
            #expect(rows != before && rows.count == 60)
            let similar = try database.table(
                "select similar_item_id from ann.similar_items(8, 59, probes => 7) order by rank")
            let query = "(select i.embedding from model.item_embeddings as i where i.item_id = 8)"
            let expected = try plain(
                database, "cosine", query: query, k: 59, width: 3, where: "e.item_id <> 8")
            #expect(similar.count == 59)
            #expect(
                similar.map { $0.dropFirst().dropLast() }
                    == expected.map { $0.split(separator: ",")[1] })
        }
    }

    @Test func `as many lists are read as asked for, nearest first, and more where rows run short`()
        throws
    {
        try withIndex { database, index, _ in
            let nearest = try database.connection.query(
                Query(
                    text: """
                        select l.list_number::bigint
                        from ann.lists as l
                        cross join lateral (
                            select sum(c.a::double precision * c.b) as score
                            from unnest(l.centroid, \(Self.query)) as c (a, b)) as s
                        where l.index_id = \(index)
                        order by s.score desc
                        """), as: Int64.self)
            let lengths = try nearest.map { list in
                try database.connection.value(
                    "select count(*) from ann.entries where index_id = \(index) and list_number = \(list)",
                    as: Int.self)
            }
            for probes in 1...7 {
                // As many as these lists hold: not one more list is needed.
                let k = lengths.prefix(probes).reduce(0, +)
                let expected = try plain(
                    database, "inner_product", k: k,
                    where: """
                        e.item_id in (select n.item_id from ann.entries as n
                            where n.index_id = \(index)
                                and n.list_number in (\(nearest.prefix(probes).map(String.init).joined(separator: ", "))))
                        """)
                #expect(try found(database, "\(k), probes => \(probes)") == expected)
                #expect(
                    try found(database, "\(k + 1), probes => \(probes)").count == min(k + 1, 60))
            }
        }
    }

    static let filters: [(arguments: String, condition: String)] = [
        ("only_items => '{3, 50, 51, 59, 999}'", "e.item_id in (3, 50, 51, 59)"),
        ("only_items => '{}'", "false"),
        ("only_items => '{null, 4}'", "e.item_id = 4"),
        (
            "except_items => array(select generate_series(2, 58)::bigint)",
            "e.item_id not between 2 and 58"
        ),
        ("except_items => '{}'", "true"), ("except_items => '{null, 4}'", "e.item_id <> 4"),
        ("tags => '{topic 3}'", "e.item_id % 5 = 3"),
        ("tags => '{topic 3, topic 4}'", "e.item_id % 5 in (3, 4)"), ("tags => '{}'", "false"),
        ("tags => '{none}'", "false"), ("kinds => '{post, video}'", "true"),
        ("kinds => '{video}'", "false"), ("kinds => '{}'", "false"),
        (
            "tags => '{topic 1}', kinds => '{post}', only_items => '{1, 2, 6, 11}', except_items => '{6}'",
            "e.item_id in (1, 11)"
        ),
    ]

    @Test(arguments: filters)
    func `a filter leaves as many rows as match it`(arguments: String, condition: String) throws {
        try withIndex { database, _, _ in
            let all = try plain(database, "inner_product", k: 1000, where: condition)
            for k in [1, 3, 20, 1000] {
                // One list to begin with: the rest is read because the rows run short.
                #expect(try found(database, "\(k), \(arguments)").count == min(k, all.count))
                #expect(
                    try found(database, "\(k), probes => 7, \(arguments)") == Array(all.prefix(k)))
            }
        }
    }

    @Test func `without a name the index of the current publication is read, with its probes`()
        throws
    {
        try withIndex(probes: 3) { database, index, space in
            let chosen = try found(database, "5")
            #expect(chosen == (try found(database, "5, probes => 3")))
            #expect(chosen == (try found(database, "5, index_id => \(index)")))
            #expect(chosen == (try found(database, "5, space_id => \(space)")))
            #expect(try database.table("select ann.current_index() = \(index)") == ["(t)"])
        }
    }

    @Test func `items like an item are those of the nearest direction, the bias left out`() throws {
        try withIndex { database, _, _ in
            for item in [1, 17, 60] {
                let query =
                    "(select i.embedding from model.item_embeddings as i where i.item_id = \(item))"
                let rows = try database.table(
                    """
                    select rank, similar_item_id, round(similarity::numeric, 9)
                    from ann.similar_items(\(item), 12, probes => 7)
                    """)
                #expect(
                    rows
                        == (try plain(
                            database, "cosine", query: query, k: 12, width: 3,
                            where: "e.item_id <> \(item)")))
                #expect(
                    try database.table(
                        """
                        select count(*), count(*) filter (where similar_item_id in (\(item), 2))
                        from ann.similar_items(\(item), 1000, except_items => '{2, null}')
                        """) == ["(\(item == 2 ? 59 : 58),0)"])
            }
            #expect(try database.table("select * from ann.similar_items(999)") == [])
            #expect(try database.table("select * from ann.similar_items(null)") == [])
        }
    }

    static let badCalls: [(call: String, state: SQLState)] = [
        ("ann.search(array[1, 2, 3]::real[])", "22023"),
        ("ann.search(array[1, 2, 3, 4, 5]::real[])", "22023"),
        ("ann.search(array[[1, 2], [3, 4]]::real[])", "22023"),
        ("ann.search('{}')", "22023"), ("ann.search(null)", "22023"),
        ("ann.search('{1, 2, NaN, 4}')", "22023"), ("ann.search('{1, 2, Infinity, 4}')", "22023"),
        ("ann.search('{1, -Infinity, 3, 4}')", "22023"),
        ("ann.search('{1, null, 3, 4}')", "22023"),
        ("ann.search('{1, 2, 3, 4}', -1)", "22023"),
        ("ann.search('{1, 2, 3, 4}', probes => 0)", "22023"),
        ("ann.search('{1, 2, 3, 4}', probes => -7)", "22023"),
        ("ann.search('{1, 2, 3, 4}', space_id => 999)", "22023"),
        ("ann.search('{1, 2, 3, 4}', index_id => 999)", "42704"),
        ("ann.similar_items(1, -1)", "22023"), ("ann.similar_items(1, probes => 0)", "22023"),
        ("ann.similar_items(1, index_id => 999)", "42704"),
    ]

    @Test(arguments: badCalls)
    func `what cannot be searched is an error that says what to do`(call: String, state: SQLState)
        throws
    {
        try withIndex { database, _, _ in
            let error = #expect(throws: PostgresError.self) {
                try database.execute("select * from \(call)")
            }
            #expect(error?.sqlState == state)
            #expect(error?.hint != nil)
        }
    }

    @Test func `components of any finite size are searched`() throws {
        try withIndex { database, _, _ in
            for query in ["{0, 0, 0, 0}", "{3e38, -3e38, 3e38, 1e-45}"] {
                for call in ["ann.search('\(query)', 5)", "ann.search('\(query)', 5, 7)"] {
                    let rows = try database.table(
                        "select count(*), bool_and(score < 'infinity') from \(call)")
                    #expect(rows == ["(5,t)"])
                }
            }
        }
    }

    @Test func `an index without lists is refused, and one without items has no rows`() throws {
        try withIndex { database, index, space in
            try database.connection.setRole("vitrine_job")
            try database.execute("update ann.indexes set status = 'refused'")
            #expect(
                try database.failure(
                    of: "select * from ann.search('{1, 2, 3, 4}', index_id => \(index))") == "42704"
            )
            // It is the current publication's: without it there is none.
            #expect(try database.failure(of: "select * from ann.search('{1, 2, 3, 4}')") == "42704")
            try database.execute(
                """
                update ann.indexes set status = 'ready', list_count = 0, item_count = 0, probes = 0;
                delete from ann.list_entries;
                delete from ann.lists
                """)
            #expect(try database.table("select * from ann.search('{1, 2, 3, 4}')") == [])
            #expect(try database.table("select * from ann.similar_items(1)") == [])
            #expect(try database.failure(of: "select * from ann.search('{1, 2, 3}')") == "22023")
        }
    }

    @Test func `an item whose embedding is gone is left out, and the rows do not run short`() throws
    {
        try withIndex { database, _, _ in
            let before = try found(database, "60")
            try database.connection.setRole("vitrine_job")
            try database.execute("delete from model.item_vectors where item_id > 50")
            #expect(before.count == 60)
            #expect(try found(database, "60").count == 50)
            #expect(try found(database, "50").count == 50)
        }
    }

    @Test func `before any publication there are no rows, and without an index an error`() throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            for call in ["ann.search('{1, 2}')", "ann.similar_items(1)"] {
                #expect(try database.table("select * from \(call)") == [])
            }
            try database.flip(to: publication)
            for call in ["ann.search('{1, 2}')", "ann.similar_items(1)"] {
                #expect(try database.failure(of: "select * from \(call)") == "42704")
            }
        }
    }

    @Test func `codes are cut item by item`() throws {
        try withIndex { database, index, _ in
            try database.connection.setRole("vitrine_job")
            try database.execute(
                """
                delete from ann.list_entries;
                insert into ann.list_entries values
                    (\(index), 0, 0, '{5, 8}', '\\x01020304'), (\(index), 0, 1, '{9}', '\\x0506'),
                    (\(index), 1, 0, '{7}', '')
                """)
            #expect(
                try database.table(
                    "select list_number, item_id, encode(code, 'hex') from ann.entries order by item_id"
                ) == ["(0,5,0102)", "(1,7,\"\")", "(0,8,0304)", "(0,9,0506)"])
        }
    }
}
