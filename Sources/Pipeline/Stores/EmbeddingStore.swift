import Jobs
import LinearAlgebra
import Postgres

/// Embeddings of one space, in `model.user_embeddings` and `model.item_embeddings`.
struct EmbeddingStore {
    let context: StepContext
    let spaceID: Int64

    /// Ids and their embeddings, row by row.
    struct Embeddings {
        var ids: [Int64]
        /// Shape `[ids.count, dimension]`.
        var matrix: Matrix
    }

    /// Makes room, and removes what an earlier attempt left.
    func prepare() throws {
        try context.run("embed/prepare", ["space_id": Bind(spaceID)])
    }

    func write(users: Embeddings) throws -> Int {
        try write(users, into: "model.user_embeddings", key: "user_id")
    }

    func write(items: Embeddings) throws -> Int {
        try write(items, into: "model.item_embeddings", key: "item_id")
    }

    private func write(_ embeddings: Embeddings, into table: TableName, key: String) throws -> Int {
        try context.connection.copyIn(into: table, columns: ["space_id", key, "embedding"]) {
            writer in
            try embeddings.matrix.withView { view in
                for (row, id) in embeddings.ids.enumerated() {
                    try writer.row { writer in
                        writer.append(spaceID)
                        writer.append(id)
                        writer.append(
                            UnsafeBufferPointer(start: view.row(row), count: view.columns))
                    }
                }
            }
        }
    }

    /// Users in a range of buckets, by `user_id`.
    func users(buckets: ClosedRange<Int16>) throws -> Embeddings {
        try read(
            "retrieve/user_embeddings",
            [
                "from_bucket": Bind(buckets.lowerBound), "until_bucket": Bind(buckets.upperBound),
            ])
    }

    /// All items, by `item_id`.
    func items() throws -> Embeddings {
        try read("retrieve/item_embeddings", [:])
    }

    private func read(_ script: String, _ arguments: [String: Bind]) throws -> Embeddings {
        var ids: [Int64] = []
        var elements: [Float] = []
        var width: Int?
        try context.connection.forEachRow(
            try context.query(script, arguments.merging(["space_id": Bind(spaceID)]) { $1 }),
            as: (Int64, [Float]).self
        ) { id, embedding in
            guard width == nil || width == embedding.count else {
                throw PipelineError("embeddings of space \(spaceID) differ in length")
            }
            width = embedding.count
            ids.append(id)
            elements += embedding
        }
        return Embeddings(
            ids: ids, matrix: Matrix(rows: ids.count, columns: width ?? 0, elements: elements))
    }
}
