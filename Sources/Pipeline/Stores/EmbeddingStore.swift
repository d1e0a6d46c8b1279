import Jobs
import LinearAlgebra
import Postgres

/// Embeddings of one space, in `model.user_vectors` and `model.item_vectors`.
///
/// What is read is what is stored: the numbers that encoded embeddings stand for.
package struct EmbeddingStore {
    let context: StepContext
    let spaceID: Int64

    package init(context: StepContext, spaceID: Int64) {
        self.context = context
        self.spaceID = spaceID
    }

    /// Items and their embeddings, row by row.
    package struct Items {
        var ids: [Int64]
        /// Shape `[ids.count, dimension]`.
        var matrix: Matrix

        package init(ids: [Int64], matrix: Matrix) {
            self.ids = ids
            self.matrix = matrix
        }
    }

    /// Users and their embeddings.
    package struct Users {
        var ids: [Int64]
        /// Those of the users in their order.
        var embeddings: UserEmbeddings

        package init(ids: [Int64], embeddings: UserEmbeddings) {
            self.ids = ids
            self.embeddings = embeddings
        }
    }

    /// Makes room.
    package func prepare() throws {
        try context.run("embed/prepare", ["space_id": Bind(spaceID)])
    }

    // MARK: - Changes

    /// What the embeddings of users in a range of buckets were made from.
    func userInputs(buckets: ClosedRange<Int16>) throws -> [Int64: InputHash?] {
        try inputs("embed/user_inputs", range(buckets))
    }

    /// What the embeddings of items were made from.
    func itemInputs() throws -> [Int64: InputHash?] {
        try inputs("embed/item_inputs", [:])
    }

    private func inputs(
        _ script: String, _ arguments: [String: Bind]
    ) throws -> [Int64: InputHash?] {
        var inputs: [Int64: InputHash?] = [:]
        try context.connection.forEachRow(
            try context.query(script, arguments.merging(["space_id": Bind(spaceID)]) { $1 }),
            as: (Int64, Int64?).self
        ) { id, hash in
            inputs.updateValue(hash.map(InputHash.init(stored:)), forKey: id)
        }
        return inputs
    }

    /// Removes users, all of whom lie in a range of buckets.
    func removeUsers(_ ids: [Int64], buckets: ClosedRange<Int16>) throws {
        guard !ids.isEmpty else { return }
        let arguments = ["space_id": Bind(spaceID), "user_ids": Bind(ids)]
        try context.run("embed/remove_users", arguments.merging(range(buckets)) { $1 })
    }

    func removeItems(_ ids: [Int64]) throws {
        guard !ids.isEmpty else { return }
        try context.run(
            "embed/remove_items", ["space_id": Bind(spaceID), "item_ids": Bind(ids)])
    }

    private func range(_ buckets: ClosedRange<Int16>) -> [String: Bind] {
        [
            "from_bucket": Bind(buckets.lowerBound), "until_bucket": Bind(buckets.upperBound),
        ]
    }

    // MARK: - Rows

    /// - Parameter inputs: What each user was embedded from.
    /// - Returns: The number of rows.
    /// - Throws: ``PipelineError`` when an embedding cannot be encoded.
    package func write(
        _ users: Users, madeFrom inputs: [InputHash], as encoding: EmbeddingEncoding
    ) throws -> Int {
        let count = users.embeddings.interestCount
        return try context.connection.copyIn(
            into: "model.user_vectors",
            columns: ["space_id", "user_id", "interest", "input_hash"] + StoredVector.columns
        ) { writer in
            try users.embeddings.matrix.withView { view in
                for row in 0..<view.rows {
                    let vector = try StoredVector(
                        UnsafeBufferPointer(start: view.row(row), count: view.columns), encoding)
                    try writer.row { writer in
                        writer.append(spaceID)
                        writer.append(users.ids[row / count])
                        writer.append(Int16(row % count))
                        writer.append(inputs[row / count].value)
                        vector.append(to: &writer)
                    }
                }
            }
        }
    }

    /// - Parameter inputs: What each item was embedded from.
    /// - Returns: The number of rows.
    /// - Throws: ``PipelineError`` when an embedding cannot be encoded.
    package func write(
        _ items: Items, madeFrom inputs: [InputHash], as encoding: EmbeddingEncoding
    ) throws -> Int {
        try context.connection.copyIn(
            into: "model.item_vectors",
            columns: ["space_id", "item_id", "input_hash"] + StoredVector.columns
        ) { writer in
            try items.matrix.withView { view in
                for (row, id) in items.ids.enumerated() {
                    let vector = try StoredVector(
                        UnsafeBufferPointer(start: view.row(row), count: view.columns), encoding)
                    try writer.row { writer in
                        writer.append(spaceID)
                        writer.append(id)
                        writer.append(inputs[row].value)
                        vector.append(to: &writer)
                    }
                }
            }
        }
    }

    /// Users in a range of buckets, by `user_id`.
    func users(buckets: ClosedRange<Int16>) throws -> Users {
        let (rowIDs, matrix) = try read("retrieve/user_embeddings", range(buckets))
        // Those of a user stand together.
        let interestCount = max(rowIDs.prefix { $0 == rowIDs[0] }.count, 1)
        let ids = stride(from: 0, to: rowIDs.count, by: interestCount).map { rowIDs[$0] }
        guard zip(ids, ids.dropFirst()).allSatisfy({ $0 < $1 }),
            rowIDs == ids.flatMap({ repeatElement($0, count: interestCount) })
        else {
            throw PipelineError("users of space \(spaceID) differ in their number of embeddings")
        }
        return Users(
            ids: ids, embeddings: UserEmbeddings(matrix: matrix, interestCount: interestCount))
    }

    /// All items, by `item_id`.
    func items() throws -> Items {
        let (ids, matrix) = try read("retrieve/item_embeddings", [:])
        return Items(ids: ids, matrix: matrix)
    }

    /// The items of a set, by `item_id`.
    func items(among ids: Set<Int64>) throws -> Items {
        let all = try items()
        let kept = all.ids.indices.filter { ids.contains(all.ids[$0]) }
        guard kept.count < all.ids.count else { return all }
        return Items(ids: kept.map { all.ids[$0] }, matrix: all.matrix.rows(kept))
    }

    /// Embeddings of some users, the same ones for the same users and seed; shape `[count, D]`.
    func sampleOfUsers(_ count: Int, seed: Int) throws -> Matrix {
        try sample("index/sample_users", count, seed)
    }

    /// Embeddings of some items, the same ones for the same items and seed; shape `[count, D]`.
    func sampleOfItems(_ count: Int, seed: Int) throws -> Matrix {
        try sample("monitor/sample_items", count, seed)
    }

    private func sample(_ script: String, _ count: Int, _ seed: Int) throws -> Matrix {
        var elements: [Float] = []
        var rows = 0
        try context.connection.forEachRow(
            try context.query(
                script,
                [
                    "space_id": Bind(spaceID), "seed": Bind(Int64(seed)),
                    "sample_size": Bind(Int32(count)),
                ]), as: ([Float]?, [UInt8]?, Float?).self
        ) { components, code, scale in
            rows += 1
            elements += try StoredVector(components: components, code: code, scale: scale).numbers
        }
        return Matrix(rows: rows, columns: elements.count / max(rows, 1), elements: elements)
    }

    /// Records what is lost by each pair of encodings, in place of what was recorded of the space
    /// before. The step monitor adds how large the pair is that is stored.
    package func record(_ losses: [EncodingMeter.Loss], stored settings: EmbeddingSettings) throws {
        try context.run("embed/clear_losses", ["space_id": Bind(spaceID)])
        for loss in losses {
            try context.run(
                "embed/record_loss",
                [
                    "space_id": Bind(spaceID),
                    "user_encoding": Bind(loss.users.rawValue),
                    "item_encoding": Bind(loss.items.rawValue),
                    "is_stored": Bind(
                        loss.users == settings.userEncoding
                            && loss.items == settings.itemEncoding),
                    "recall_10": Bind(loss.recall10.mean),
                    "recall_100": Bind(loss.recall100.mean),
                    "recall_100_fifth_percentile": Bind(loss.recall100.fifthPercentile),
                    "sample_size": Bind(Int32(loss.sampleSize)),
                    "user_squared_error": Bind(loss.userSquaredError),
                    "item_squared_error": Bind(loss.itemSquaredError),
                ])
        }
    }

    private func read(
        _ script: String, _ arguments: [String: Bind]
    ) throws -> (ids: [Int64], matrix: Matrix) {
        var ids: [Int64] = []
        var elements: [Float] = []
        var width: Int?
        try context.connection.forEachRow(
            try context.query(script, arguments.merging(["space_id": Bind(spaceID)]) { $1 }),
            as: (Int64, [Float]?, [UInt8]?, Float?).self
        ) { id, components, code, scale in
            let embedding = try StoredVector(components: components, code: code, scale: scale)
                .numbers
            guard width == nil || width == embedding.count else {
                throw PipelineError("embeddings of space \(spaceID) differ in length")
            }
            width = embedding.count
            ids.append(id)
            elements += embedding
        }
        return (ids, Matrix(rows: ids.count, columns: width ?? 0, elements: elements))
    }
}
