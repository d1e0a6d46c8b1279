import Postgres
import PostgresTestSupport
import Testing

/// The table that an index may be given for the extension pgvector, with the extension and without.
@Suite struct PgvectorTests {
    private static let isAvailable = TestServer.hasExtension("vector")
    private static let query = "array[0.5, -0.25, 1, 0.125]::real[]"

    /// A current publication with an index of 60 items in seven lists.
    private func withIndex(
        similarity: String = "inner_product", withExtension: Bool = true,
        _ body: (SQLDatabase, _ index: Int64) throws -> Void
    ) throws {
        try SQLDatabase.with(role: nil) { database throws in
            if withExtension { try database.execute("create extension vector schema public") }
            try database.connection.setRole("vitrine_job")
            let publication = try database.openPublication(run: 1)
            let space = try database.connection.value(
                "select model_id from serving.publications where publication_id = \(publication)",
                as: Int64.self)
            try database.embedItems(60, space: space)
            let index = try database.writeIndex(
                publication: publication, space: space, lists: 7, probes: 7, similarity: similarity)
            try database.flip(to: publication)
            try body(database, index)
        }
    }

    @Test func `without the extension, what needs it is an error that says what to do`() throws {
        try withIndex(withExtension: false) { database, index throws in
            for call in [
                "ann.require_pgvector()", "ann.make_mirror(\(index), 'hnsw')",
                "ann.search_pgvector(\(Self.query), 3)",
            ] {
                let error = #expect(throws: PostgresError.self) {
                    try database.execute("select \(call)")
                }
                #expect(error?.sqlState == "0A000", "\(call)")
                #expect(error?.hint?.contains("create extension vector") == true, "\(call)")
            }
            #expect(try database.table("select ann.drop_mirror(\(index))") == ["(f)"])
            #expect(
                try database.table("select count(*) from ann.search(\(Self.query), 3)") == ["(3)"])
        }
    }

    @Test(
        .enabled(if: isAvailable, "the extension vector is not installed on this machine"),
        arguments: ["inner_product", "cosine", "l2"], ["hnsw", "ivfflat"])
    func `pgvector finds in its table what ann.search finds`(
        similarity: String, method: String
    ) throws {
        try withIndex(similarity: similarity) { database, index throws in
            #expect(
                try database.table("select ann.make_mirror(\(index), '\(method)')") == ["(60)"])
            #expect(
                try database.table(
                    """
                    select m.amname from pg_index as i
                    inner join pg_class as c on c.oid = i.indexrelid
                    inner join pg_am as m on m.oid = c.relam
                    where i.indrelid = 'ann.vectors_\(index)'::regclass and not i.indisprimary
                    """) == ["(\(method))"])
            try database.connection.setRole("vitrine_analyst")
            try database.execute("set local ivfflat.probes = 100")
            for k in [0, 1, 20] {
                let rows = { (function: String) in
                    try database.table(
                        """
                        select rank, item_id, round(score::numeric, 4)
                        from ann.\(function)(\(Self.query), \(k), index_id => \(index)) order by 1
                        """)
                }
                let expected = try rows("search")
                #expect(try rows("search_pgvector") == expected, "k = \(k)")
            }
            #expect(
                try database.failure(of: "select ann.make_mirror(\(index), 'hnsw')")
                    == .insufficientPrivilege)
        }
    }

    @Test(.enabled(if: isAvailable, "the extension vector is not installed on this machine"))
    func `the table goes with its index`() throws {
        try withIndex { database, index throws in
            let exists = "select to_regclass('ann.vectors_\(index)') is not null"
            #expect(
                try database.failure(of: "select ann.search_pgvector(\(Self.query))") == "42704")
            #expect(
                try database.failure(of: "select ann.make_mirror(\(index), 'btree')") == "22023")
            #expect(try database.failure(of: "select ann.make_mirror(\(index), null)") == "22023")
            #expect(try database.failure(of: "select ann.make_mirror(999, 'hnsw')") == "42704")
            #expect(try database.table(exists) == ["(f)"])
            // Made anew, it holds each item once.
            for _ in 0..<2 { try database.execute("select ann.make_mirror(\(index), 'hnsw')") }
            #expect(try database.table("select count(*) from ann.vectors_\(index)") == ["(60)"])
            #expect(
                try database.failure(of: "select ann.search_pgvector('{1, 2, 3}')") == "22023")
            try database.execute("update ann.indexes set status = 'refused'")
            #expect(
                try database.failure(of: "select ann.make_mirror(\(index), 'hnsw')") == "42704")
            #expect(try database.table("select ann.drop_mirror(\(index))") == ["(t)"])
            #expect(try database.table(exists) == ["(f)"])
        }
    }
}
