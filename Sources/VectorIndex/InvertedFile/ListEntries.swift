import LinearAlgebra

/// Vectors assigned to lists and encoded.
struct ListEntries {
    /// The items of each list, ascending.
    let lists: IndexLists
    /// The code of each entry of `lists.values`.
    let codes: [UInt8]

    /// Vectors as a file keeps them: of length 1 or 0 for cosine.
    ///
    /// - Throws: `VectorIndexError` when an embedding is not finite or too large.
    static func prepared(_ items: Matrix, similarity: Similarity) throws -> Matrix {
        let norms = try items.withView { try RowNorms.checked($0, kind: "item") }
        if let row = norms.firstIndex(where: {
            !similarity.isFinite($0, similarity == .l2 ? $0 : 0)
        }
        ) {
            throw VectorIndexError.tooLarge("item", row: row)
        }
        guard similarity == .cosine else { return items }
        var vectors = items
        vectors.withMutableView { view in
            for row in 0..<view.rows { RowNorms.normalise(view, row: row, norm: norms[row]) }
        }
        return vectors
    }

    /// - Parameters:
    ///   - vectors: Prepared vectors, shape `[N, D]`.
    ///   - items: The index of each, ascending.
    init(
        of vectors: Matrix, items: [UInt32], centroids: Matrix, coder: VectorCoder,
        threadCount: Int
    ) {
        let nearest = vectors.withView {
            NearestCentroids(centroids: centroids, threadCount: threadCount).assign($0).indexes
        }
        let members = IndexLists(offsets: Array(0...vectors.rows), values: nearest)
            .transposed(columnCount: centroids.rows)
        let size = coder.size
        codes = [UInt8](unsafeUninitializedCapacity: vectors.rows * size) { bytes, count in
            count = vectors.rows * size
            guard let start = bytes.baseAddress else { return }
            // Every entry writes its own bytes.
            nonisolated(unsafe) let base = UnsafeMutableRawPointer(start)
            vectors.withView { vectors in
                parallelChunks(of: members.count, chunkSize: 8, threadCount: threadCount) {
                    _, range in
                    for list in range where !members[list].isEmpty {
                        let rows = members[list]
                        let gathered = Matrix(rows: rows.count, columns: vectors.columns) {
                            for (position, row) in rows.enumerated() {
                                $0.row(position).update(
                                    from: vectors.row(Int(row)), count: vectors.columns)
                            }
                        }
                        coder.encode(
                            gathered, centroid: centroids[row: list],
                            into: base + members.offsets[list] * size)
                    }
                }
            }
        }
        lists = IndexLists(offsets: members.offsets, values: members.values.map { items[Int($0)] })
    }
}
