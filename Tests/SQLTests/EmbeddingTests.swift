import Postgres
import SQLCatalog
import Testing

/// Embeddings as they are stored, and as the views of `model` give them back.
@Suite struct EmbeddingTests {
    /// The bit patterns that `model.decoded_embedding` gives for a code.
    private func decoded(
        _ code: [UInt8], scale: Float?, _ database: SQLDatabase
    ) throws -> [UInt32] {
        try database.connection.value(
            "select model.decoded_embedding(\(code), \(scale))", as: [Float].self
        ).map(\.bitPattern)
    }

    @Test func `every finite number of half precision is read bit for bit`() throws {
        try SQLDatabase.with { database in
            let patterns = (UInt16.min...UInt16.max).filter { Float16(bitPattern: $0).isFinite }
            #expect(patterns.count == 63_488)
            let code = patterns.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            let expected = patterns.map { Float(Float16(bitPattern: $0)).bitPattern }
            let numbers = try decoded(code, scale: nil, database)
            #expect(numbers == expected)
        }
    }

    @Test(arguments: [0, 1, 0.007874016, Float(bitPattern: 2_212), 1.7e38 / 127] as [Float])
    func `every byte is read as a signed number times the scale`(scale: Float) throws {
        try SQLDatabase.with { database in
            let code = (UInt8.min...UInt8.max).map { $0 }
            let expected = code.map { (scale * Float(Int8(bitPattern: $0))).bitPattern }
            let numbers = try decoded(code, scale: scale, database)
            #expect(numbers == expected)
        }
    }

    @Test func `a code of no numbers is an empty embedding, no code is none`() throws {
        try SQLDatabase.with { database in
            let row = try database.table(
                """
                select model.decoded_embedding('', null), model.decoded_embedding('', 1),
                    model.decoded_embedding(null, null), model.decoded_embedding(null, 1)
                """)
            #expect(row == ["({},{},,)"])
        }
    }

    @Test func `a space may hold every encoding at once, and each is read as numbers`() throws {
        try SQLDatabase.with { database in
            try database.execute(
                """
                select ops.ensure_list_partition('model', 'user_vectors', 5),
                    ops.ensure_list_partition('model', 'item_vectors', 5);
                insert into model.user_vectors
                    (space_id, user_id, interest, components, code, scale)
                values (5, 1, 0, '{1, -0.5}', null, null), (5, 2, 0, null, '\\x003c00b8', null),
                    (5, 3, 0, null, '\\x02ff', 0.5);
                insert into model.item_vectors (space_id, item_id, components, code, scale)
                select 5, v.user_id, v.components, v.code, v.scale from model.user_vectors as v
                """)
            try database.connection.setRole("vitrine_analyst")
            let expected = [
                #"(1,"{1,-0.5}",real)"#, #"(2,"{1,-0.5}",half)"#, #"(3,"{1,-0.5}",int8)"#,
            ]
            #expect(
                try database.table(
                    "select user_id, embedding, encoding from model.user_embeddings order by 1")
                    == expected)
            #expect(
                try database.table(
                    "select item_id, embedding, encoding from model.item_embeddings order by 1")
                    == expected)
        }
    }

    @Test(arguments: [
        "null, null, null", "'{1}', '\\x003c', null", "'{1}', null, 1", "'{1}', '\\x01', 1",
        "null, null, 1", "null, '\\x003c00', null",
    ])
    func `a row of any other form is refused`(form: String) throws {
        try SQLDatabase.with { database in
            try database.execute("select ops.ensure_list_partition('model', 'item_vectors', 5)")
            #expect(
                try database.failure(
                    of: """
                        insert into model.item_vectors (space_id, item_id, components, code, scale)
                        values (5, 1, \(form))
                        """) == "23514")
        }
    }
}
