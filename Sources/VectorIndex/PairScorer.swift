import LinearAlgebra

/// The true scores of one query, summed in double precision in a fixed order and rounded once.
struct PairScorer {
    private let similarity: Similarity
    private let query: UnsafePointer<Float>
    private let vectors: MatrixView
    private let slots: UnsafePointer<UInt32>?
    private let kernels = TopKKernels.best

    /// - Parameters:
    ///   - similarity: For `.cosine`, query and vectors are of length 1.
    ///   - query: As many values as `vectors` has columns; outlives the scorer, as all that follows.
    ///   - vectors: The vectors to score.
    ///   - slots: The row of `vectors` that belongs to each index; nil when the index is the row.
    init(
        similarity: Similarity, query: UnsafePointer<Float>, vectors: MatrixView,
        slots: UnsafePointer<UInt32>? = nil
    ) {
        self.similarity = similarity
        self.query = query
        self.vectors = vectors
        self.slots = slots
    }

    /// Replaces the score of each key by the true one.
    func rescore(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
        guard let slots else { return rescoreRows(keys, count: count) }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(count, 1)) { indexes in
            for position in 0..<count {
                let index = RankingKey.index(of: keys[position])
                indexes[position] = index
                keys[position] = RankingKey.make(score: 0, index: slots[Int(index)])
            }
            rescoreRows(keys, count: count)
            for position in 0..<count {
                keys[position] = RankingKey.make(
                    score: RankingKey.score(of: keys[position]), index: indexes[position])
            }
        }
    }

    private func rescoreRows(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
        switch similarity {
        case .innerProduct, .cosine:
            kernels.rescore(query, items: vectors, keys: keys, count: count)
        case .l2:
            kernels.rescoreByDistance(query, items: vectors, keys: keys, count: count)
        }
    }
}
