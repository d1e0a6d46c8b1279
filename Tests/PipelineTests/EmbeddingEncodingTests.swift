import Jobs
import LinearAlgebra
import Postgres
import SQLCatalog
import Testing
import VectorIndex

@testable import Pipeline

/// Embeddings in half precision and in eight bits: what is written, what is read, what is lost.
@Suite struct EmbeddingEncodingTests {
    private func stored(_ numbers: [Float], _ encoding: EmbeddingEncoding) throws -> StoredVector {
        try numbers.withUnsafeBufferPointer { try StoredVector($0, encoding) }
    }

    private static let awkward: [Float] = [
        0, -0, 1, -1, 0.1, 65_504, -65_504, 6.1e-5, 6.0e-8, 2.9e-8, 1e-30, .leastNonzeroMagnitude,
        1.0004883, 1.0014648, .pi,
    ]

    @Test func `half precision is that of the language, bit for bit`() throws {
        let vector = try stored(Self.awkward, .half)
        #expect(
            vector.numbers.map(\.bitPattern)
                == Self.awkward.map { Float(Float16($0)).bitPattern })
        let code = Self.awkward.flatMap { number -> [UInt8] in
            let bits = Float16(number).bitPattern
            return [UInt8(bits & 255), UInt8(bits >> 8)]
        }
        #expect(vector == .half(code))
    }

    @Test func `eight bits have the scale of the largest number`() throws {
        #expect(try stored([2, -1, 0.01], .int8) == .int8([127, 192, 1], scale: 2 / 127))
        #expect(try stored([0, 0], .int8).numbers == [0, 0])
        #expect(try stored(Self.awkward, .real).numbers == Self.awkward)
        for encoding in EmbeddingEncoding.allCases {
            #expect(try stored([], encoding).numbers == [])
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `what is not finite is refused`(number: Float) {
        for encoding in [EmbeddingEncoding.half, .int8] {
            let error = #expect(throws: PipelineError.self) { try stored([1, number], encoding) }
            #expect(error?.message == "an embedding is not finite")
        }
    }

    @Test func `what half precision cannot hold is refused`() throws {
        let error = #expect(throws: PipelineError.self) { try stored([65_505], .half) }
        #expect(error?.message == "an embedding is too large for half precision")
        #expect(try stored([65_505], .int8).numbers[0] > 65_000)
    }

    @Test func `a row in no known form is refused`() throws {
        let forms: [([Float]?, [UInt8]?, Float?)] = [
            (nil, nil, nil), ([1], [1, 2], nil), ([1], nil, 1), (nil, nil, 1), (nil, [1], nil),
        ]
        for (components, code, scale) in forms {
            #expect(throws: PipelineError.self) {
                try StoredVector(components: components, code: code, scale: scale)
            }
        }
        #expect(
            try StoredVector(components: nil, code: [255], scale: 2).numbers == [-2])
    }

    // MARK: - Loss

    private static func gaussian(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed)
        return Matrix.gaussian(rows: rows, columns: columns, deviation: 1, using: &generator)
    }

    /// The indexes of the k best items of a user, each score added up plainly.
    private static func best(_ k: Int, _ user: ArraySlice<Float>, _ items: Matrix) -> Set<Int> {
        let scores = (0..<items.rows).map { row in
            zip(user, items[row: row]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        }
        return Set(scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }.prefix(k))
    }

    @Test func `the loss is that of lists found plainly, for every pair of encodings`() throws {
        let (items, users) = (Self.gaussian(300, 6, seed: 1), Self.gaussian(40, 6, seed: 2))
        var meter = try #require(
            EncodingMeter(items: items, userCount: 40, sampleSize: 100, threadCount: 2))
        meter.add(UserEmbeddings(matrix: users, interestCount: 1))
        let losses = try meter.measure()
        #expect(losses.count == 9)
        #expect(losses.allSatisfy { $0.sampleSize == 40 })
        for loss in losses {
            let (storedUsers, storedItems) = (
                try loss.users.restored(users), try loss.items.restored(items)
            )
            var (ten, hundred) = (0, 0)
            for user in 0..<40 {
                ten +=
                    Self.best(10, users[row: user], items)
                    .intersection(Self.best(10, storedUsers[row: user], storedItems)).count
                hundred +=
                    Self.best(100, users[row: user], items)
                    .intersection(Self.best(100, storedUsers[row: user], storedItems)).count
            }
            #expect(abs(loss.recall10.mean - Double(ten) / 400) < 1e-12)
            #expect(abs(loss.recall100.mean - Double(hundred) / 4000) < 1e-12)
            let error =
                zip(items.elements, storedItems.elements).map { Double($0 - $1) * Double($0 - $1) }
                .reduce(0, +) / 1800
            #expect(abs(loss.itemSquaredError - error) <= 1e-12 + 1e-6 * error)
            #expect((loss.userSquaredError == 0) == (loss.users == .real))
        }
        // Eight bits lose something, and more than half precision.
        let recall = Dictionary(
            uniqueKeysWithValues: losses.filter { $0.users == $0.items }
                .map { ($0.users, $0.recall100.mean) })
        #expect(recall[.real] == 1)
        #expect(recall[.int8]! < recall[.half]! && recall[.int8]! > 0.9)
    }

    @Test func `users are taken at equal distances, with all their interests, however they come`()
        throws
    {
        let (items, users) = (Self.gaussian(200, 5, seed: 3), Self.gaussian(100, 5, seed: 4))
        func losses(pages: [Range<Int>]) throws -> [EncodingMeter.Loss] {
            var meter = try #require(
                EncodingMeter(items: items, userCount: 50, sampleSize: 17, threadCount: 1))
            for page in pages {
                let rows = (page.lowerBound * 2)..<(page.upperBound * 2)
                meter.add(
                    UserEmbeddings(
                        matrix: Matrix(
                            rows: rows.count, columns: 5,
                            elements: rows.flatMap { Array(users[row: $0]) }),
                        interestCount: 2))
            }
            return try meter.measure()
        }
        let whole = try losses(pages: [0..<50])
        // One user of three.
        #expect(whole.allSatisfy { $0.sampleSize == 17 })
        #expect(try losses(pages: [0..<1, 1..<20, 20..<20, 20..<50]) == whole)
    }

    @Test func `without a sample, without users or without items nothing is measured`() throws {
        let items = Self.gaussian(5, 3, seed: 5)
        #expect(EncodingMeter(items: items, userCount: 5, sampleSize: 0, threadCount: 1) == nil)
        let noUsers = try #require(
            EncodingMeter(items: items, userCount: 0, sampleSize: 9, threadCount: 1))
        #expect(try noUsers.measure() == [])
        var noItems = try #require(
            EncodingMeter(
                items: Matrix(rows: 0, columns: 3), userCount: 5, sampleSize: 9, threadCount: 1))
        noItems.add(UserEmbeddings(matrix: items, interestCount: 1))
        #expect(try noItems.measure() == [])
    }

    @Test func `an encoding that cannot hold the embeddings is left out of the comparison`() throws
    {
        var meter = try #require(
            EncodingMeter(
                items: Matrix(rows: 2, columns: 1, elements: [70_000, 1]), userCount: 1,
                sampleSize: 1, threadCount: 1))
        meter.add(
            UserEmbeddings(matrix: Matrix(rows: 1, columns: 1, elements: [1]), interestCount: 1))
        let losses = try meter.measure()
        #expect(losses.count == 6 && losses.allSatisfy { $0.items != .half })
    }

    // MARK: - In the database

    /// The planted world after a run that stored single precision, kept aside in tables, and one
    /// with the same model that stored what is given.
    private func withEncoded(
        users: EmbeddingEncoding, items: EmbeddingEncoding,
        _ body: (_ connection: Connection, _ space: Int64, _ uri: String) throws -> Void
    ) throws {
        try Databases.withPublication { connection, uri throws in
            try connection.script(
                """
                create table public.exact_users as
                select user_id, embedding from model.user_embeddings;
                create table public.exact_items as
                select item_id, embedding from model.item_embeddings
                """)
            var nightly = Nightly.only([
                "features", "embed", "index", "retrieve", "rank", "publish", "monitor",
            ])
            nightly.embedding = [
                "user_encoding": users.rawValue, "item_encoding": items.rawValue,
            ]
            try nightly.run(on: uri)
            let space = try connection.value(
                """
                select model_id from serving.publications inner join serving.pointer
                    using (publication_id)
                """, as: Int64.self)
            try body(connection, space, uri)
        }
    }

    private func store(_ connection: Connection, _ space: Int64) throws -> EmbeddingStore {
        EmbeddingStore(
            context: StepContext(
                connection: connection, catalog: try SQLCatalog.locate(), runID: 1,
                asOfDate: PlantedWorld.date, codeVersion: "test", stop: StopSignal(),
                progress: { _ in }), spaceID: space)
    }

    static let pairs: [(EmbeddingEncoding, EmbeddingEncoding)] = [
        (.half, .half), (.int8, .int8), (.int8, .real),
    ]

    @Test(arguments: pairs)
    func `the job and SQL read the same numbers, and find the same items by them`(
        users: EmbeddingEncoding, items: EmbeddingEncoding
    ) throws {
        try withEncoded(users: users, items: items) { connection, space, _ in
            let forms = try connection.query(
                """
                select distinct encoding, 'user' as kind from model.user_embeddings
                union all
                select distinct encoding, 'item' from model.item_embeddings order by kind
                """, as: (String, String).self)
            #expect(forms.map(\.0) == [items.rawValue, users.rawValue])
            let store = try store(connection, space)
            let read = try connection.query(
                "select embedding from model.item_embeddings order by item_id", as: [Float].self)
            #expect(
                read.flatMap { $0 }.map(\.bitPattern)
                    == (try store.items().matrix.elements.map(\.bitPattern)))
            let readUsers = try connection.query(
                "select embedding from model.user_embeddings order by user_id, interest",
                as: [Float].self)
            let page = try store.users(buckets: 0...1023)
            #expect(
                readUsers.flatMap { $0 }.map(\.bitPattern)
                    == page.embeddings.matrix.elements.map(\.bitPattern))
            #expect(try store.sampleOfUsers(10, seed: 1).rows == 10)
            // What was stored is what the model gave, encoded.
            let exact = try connection.query(
                "select embedding from public.exact_users order by user_id", as: [Float].self)
            for (numbers, stored) in zip(exact, readUsers) {
                #expect(try self.stored(numbers, users).numbers == stored)
            }
            let differing = try connection.value(
                """
                select count(*)
                from serving.candidate_lists as c
                inner join serving.pointer using (publication_id)
                inner join model.user_embeddings as u using (user_id)
                left join feature.user_histories as h
                    on h.user_id = c.user_id and h.as_of_date = \(PlantedWorld.date)
                where c.source_id = 1 and c.user_id % 7 = 0
                    and c.item_ids <> array(
                        select s.item_id
                        from ann.search(
                            u.embedding, cardinality(c.item_ids), except_items => h.item_ids,
                            space_id => u.space_id) as s
                        order by s.rank)
                """, as: Int.self)
            #expect(differing == 0)
        }
    }

    @Test func `the report has the loss that SQL finds, and the size on disk`() throws {
        try withEncoded(users: .int8, items: .half) { connection, space, _ in
            let pairs = try connection.query(
                """
                select user_encoding || ' ' || item_encoding, is_stored, is_current, recall_10,
                    recall_100, sample_size, user_squared_error = 0, item_squared_error = 0
                from monitor.encodings where space_id = \(space) order by 1
                """, as: (String, Bool, Bool, Double, Double, Int32, Bool, Bool).self)
            #expect(
                pairs.map(\.0) == [
                    "half half", "half int8", "half real", "int8 half", "int8 int8", "int8 real",
                    "real half", "real int8", "real real",
                ])
            #expect(pairs.filter(\.1).map(\.0) == ["int8 half"])
            #expect(pairs.allSatisfy { $0.2 })
            // The world has fewer users than a sample may have: all of them are in it.
            #expect(Set(pairs.map(\.5)) == [Int32(PlantedWorld().userCount)])
            for pair in pairs {
                #expect(pair.6 == pair.0.hasPrefix("real"))
                #expect(pair.7 == pair.0.hasSuffix("real"))
            }
            #expect(pairs.last?.3 == 1 && pairs.last?.4 == 1)
            let (error, recorded) = try connection.query(
                """
                select avg((x.a::float8 - x.b) ^ 2), min(l.item_squared_error)
                from public.exact_items as e
                inner join model.item_embeddings as i using (item_id)
                cross join lateral unnest(e.embedding, i.embedding) as x (a, b)
                cross join model.encoding_losses as l
                where l.is_stored and l.space_id = i.space_id
                """, as: (Double, Double).self)[0]
            #expect(error > 0 && abs(error - recorded) < 1e-6 * error)
            let (recall, recordedRecall) = try connection.query(
                """
                with scores as (
                    select u.user_id, i.item_id, s.exact, s.stored
                    from public.exact_users as eu
                    inner join model.user_embeddings as u using (user_id)
                    cross join public.exact_items as ei
                    inner join model.item_embeddings as i on i.item_id = ei.item_id
                    cross join lateral (
                        select sum(x.eu::float8 * x.ei)::real as exact,
                            sum(x.u::float8 * x.i)::real as stored
                        from unnest(eu.embedding, ei.embedding, u.embedding, i.embedding)
                            as x (eu, ei, u, i)) as s
                ),
                ranks as (
                    select row_number() over (
                            partition by user_id order by exact desc, item_id) as exact_rank,
                        row_number() over (
                            partition by user_id order by stored desc, item_id) as stored_rank
                    from scores
                )
                select avg((stored_rank <= 10)::integer)::float8,
                    (select recall_10 from model.encoding_losses where is_stored)
                from ranks where exact_rank <= 10
                """, as: (Double, Double).self)[0]
            #expect(abs(recall - recordedRecall) < 1e-9)
            let (counts, rows, tables) = try connection.query(
                """
                select user_embedding_count = (select count(*) from model.user_vectors)
                        and item_embedding_count = (select count(*) from model.item_vectors),
                    -- Header, ids, bucket, interest, 13 bytes with their length, scale, hash; aligned.
                    user_row_bytes between 24 + 20 + 14 + 4 + 8 and 24 + 20 + 14 + 4 + 8 + 12,
                    user_table_bytes = pg_total_relation_size('model.user_vectors_' || space_id)
                        and item_table_bytes = pg_total_relation_size('model.item_vectors_' || space_id)
                from model.encoding_losses where is_stored
                """, as: (Bool, Bool, Bool).self)[0]
            #expect(counts && rows && tables)
        }
    }

    @Test func `a space goes over from one encoding to another and back`() throws {
        try withEncoded(users: .int8, items: .int8) { connection, _, uri in
            let nightly = Nightly.only(["features", "embed"])
            try nightly.run(on: uri)
            let same = try connection.value(
                """
                select count(*) from public.exact_items as e
                full join model.item_embeddings as i using (item_id)
                where e.embedding is distinct from i.embedding
                """, as: Int.self)
            #expect(same == 0)
            #expect(
                try connection.query(
                    "select distinct encoding from model.user_embeddings", as: String.self)
                    == ["real"])
        }
    }
}
