import Foundation
import Postgres
import Testing

/// Searches that choose by product-quantised codes, against codes decoded one by one.
@Suite struct CodeSearchTests {
    private static let query = "array[0.5, -0.25, 1, 0.125]::real[]"

    /// An index of 60 items in seven lists whose codes are two bytes, one for two values each: the
    /// nearest of 16 × 16 points of a grid from −2 to 2.
    private func withIndex(
        probes: Int = 7, _ body: (SQLDatabase, _ index: Int64) throws -> Void
    ) throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            let space = try database.connection.value(
                "select model_id from serving.publications where publication_id = \(publication)",
                as: Int64.self)
            try database.embedItems(60, space: space)
            let index = try database.writeIndex(
                publication: publication, space: space, lists: 7, probes: probes, chunk: 3)
            try database.addItems(
                (1...60).map { "(\($0), '2024-03-01', 1, '{topic \($0 % 5)}', true)" }
                    .joined(separator: ", "))
            try database.execute(
                """
                update ann.indexes
                set code = 'product_quantised', parameters = '{"partBits": 8, "partCount": 2}';
                insert into ann.codebooks (index_id, codebook_name, part_number, components)
                select \(index), 'codewords', w, array[p.x, p.y, p.x, p.y]
                from generate_series(0, 255) as w
                cross join lateral (
                    select (w & 15) * 4.0 / 15 - 2 as x, (w >> 4) * 4.0 / 15 - 2 as y) as p;
                update ann.list_entries as e
                set codes = (
                    select string_agg(
                        set_byte(set_byte('\\x0000', 0, g.cells[1] + 16 * g.cells[2]),
                            1, g.cells[3] + 16 * g.cells[4]), '' order by n.place)
                    from unnest(e.item_ids) with ordinality as n (item_id, place)
                    inner join model.item_embeddings as i on i.item_id = n.item_id
                    inner join ann.lists as l on l.list_number = e.list_number
                    cross join lateral (
                        select array_agg(
                            greatest(0, least(15, round((r.a - r.b + 2) * 15 / 4)))::integer
                            order by r.place) as cells
                        from unnest(i.embedding, l.centroid) with ordinality as r (a, b, place)
                    ) as g)
                """)
            try database.flip(to: publication)
            try body(database, index)
        }
    }

    /// The k items best by their codes, among those that meet a condition, scored by embedding.
    private func plain(
        _ database: SQLDatabase, k: Int, shortlist: Int, where condition: String = "true"
    ) throws -> [String] {
        try database.table(
            """
            select row_number() over (order by t.score desc, t.item_id), t.item_id,
                round(t.score::numeric, 9)
            from (
                select e.item_id, s.score
                from ann.entries as e
                inner join ann.lists as l on l.list_number = e.list_number
                inner join model.item_embeddings as i on i.item_id = e.item_id
                cross join (select \(Self.query) as q) as q
                cross join lateral (
                    select sum(q.q[c]::double precision * i.embedding[c]) as score
                    from generate_series(1, 4) as c) as s
                cross join lateral (
                    select sum(q.q[c] * (l.centroid[c]::double precision
                        + ((get_byte(e.code, (c - 1) / 2) >> (c - 1) % 2 * 4) & 15) * 4.0 / 15 - 2))
                        as coded
                    from generate_series(1, 4) as c) as d
                where \(condition)
                order by d.coded desc, e.item_id
                limit \(k * shortlist)
            ) as t
            order by t.score desc, t.item_id
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

    @Test func `what the codes put first is scored by embedding`() throws {
        try withIndex { database, _ throws in
            for (k, shortlist) in [(1, 1), (5, 1), (10, 2), (3, 4), (20, 3), (60, 1), (100, 4)] {
                let expected = try plain(database, k: k, shortlist: shortlist)
                #expect(
                    try found(database, "\(k), shortlist => \(shortlist)") == expected,
                    "\(k), \(shortlist)")
            }
            // Four a rank unless told otherwise; null scores all.
            let (short, cut) = try (
                plain(database, k: 3, shortlist: 4), plain(database, k: 10, shortlist: 1)
            )
            let whole = try plain(database, k: 10, shortlist: 60)
            #expect(cut != whole)
            #expect(try found(database, "3") == short)
            #expect(try found(database, "10, shortlist => null") == whole)
            #expect(try found(database, "0") == [])
        }
    }

    @Test func `a filter leaves as many rows as match it`() throws {
        try withIndex { database, _ throws in
            for k in [1, 5, 30] {
                let expected = try plain(database, k: k, shortlist: 2, where: "e.item_id % 5 = 3")
                #expect(
                    try found(database, "\(k), shortlist => 2, tags => '{topic 3}'") == expected)
                #expect(
                    try found(database, "\(k), probes => 1, shortlist => 1, tags => '{topic 3}'")
                        .count == min(k, 12))
            }
        }
    }

    @Test func `what is no longer embedded is not among the rows, and they do not run short`()
        throws
    {
        try withIndex { database, _ throws in
            try database.execute(
                """
                delete from model.item_embeddings as i
                where i.item_id in (select s.item_id from ann.search(\(Self.query), 30) as s)
                """)
            #expect(try found(database, "20, shortlist => 1").count == 20)
            #expect(try found(database, "40, shortlist => 1").count == 30)
        }
    }

    @Test func `a short list of nothing is refused`() throws {
        try withIndex { database, _ throws in
            let error = #expect(throws: PostgresError.self) {
                try database.execute("select ann.search(\(Self.query), shortlist => 0)")
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.hint != nil)
        }
    }

    /// Bits, parts of seven values as asked for and as they come, and whether vectors are turned.
    static let shapes: [(bits: Int, asked: Int, parts: Int, isTurned: Bool)] = [
        (8, 0, 1, false), (8, 3, 3, false), (8, 7, 7, true), (8, 20, 7, false), (4, 0, 3, false),
        (4, 3, 3, true), (4, 2, 2, false), (4, 7, 7, true),
    ]

    @Test(arguments: shapes)
    func `a table of bytes scores a code as the decoded vector`(
        bits: Int, asked: Int, parts: Int, isTurned: Bool
    ) throws {
        try withIndex { database, index throws in
            // Anything without a pattern that parts or words would share.
            func value(_ row: Int, _ column: Int) -> Double {
                sin(Double(131 * row + 17 * column + bits))
            }
            let words = 1 << bits
            let query = (0..<7).map { Float(value(1000, $0)) }
            let codewords = (0..<words).map { word in (0..<7).map { Float(value(word, $0)) } }
            // A reflection is orthogonal.
            let axis = (0..<7).map { value(2000, $0) }
            let square = axis.reduce(0) { $0 + $1 * $1 }
            let rotation = (0..<7).map { row in
                (0..<7).map { Float((row == $0 ? 1 : 0) - 2 * axis[row] * axis[$0] / square) }
            }
            try database.execute("delete from ann.codebooks")
            for (name, rows) in [("codewords", codewords), ("rotation", isTurned ? rotation : [])] {
                for (number, components) in rows.enumerated() {
                    try database.connection.execute(
                        """
                        insert into ann.codebooks values
                            (\(index), \(name), \(Int32(number)), \(components))
                        """)
                }
            }
            let parameters = "{\"partBits\": \(bits), \"partCount\": \(asked)}"
            try database.execute("update ann.indexes set parameters = '\(parameters)'")
            let table = try database.connection.value(
                "select ann.code_table(\(index), \(query)::double precision[])", as: [Double].self)
            let size = bits == 8 ? parts : (parts + 1) / 2
            #expect(table.count == 256 * size)
            for trial in 0..<50 {
                let numbers = (0..<parts).map { (101 * trial + 37 * $0 + trial * $0) % words }
                var code = [Int](repeating: 0, count: size)
                var decoded = [Double](repeating: 0, count: 7)
                for (part, number) in numbers.enumerated() {
                    if bits == 8 {
                        code[part] = number
                    } else {
                        code[part / 2] += number << (part % 2 * 4)
                    }
                    for column in part * 7 / parts..<(part + 1) * 7 / parts {
                        decoded[column] = Double(codewords[number][column])
                    }
                }
                if isTurned {
                    decoded = (0..<7).map { column in
                        (0..<7).reduce(0) { $0 + Double(rotation[$1][column]) * decoded[$1] }
                    }
                }
                let expected = zip(query, decoded).reduce(0) { $0 + Double($1.0) * $1.1 }
                let scored = code.enumerated().reduce(0) {
                    $0 + table[256 * $1.offset + $1.element]
                }
                #expect(abs(scored - expected) < 1e-5)
            }
        }
    }
}
