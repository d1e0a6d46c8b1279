import LinearAlgebra

/// The true scores of one query, summed in double precision in a fixed order and rounded once.
struct PairScorer {
    private let similarity: Similarity
    private let query: UnsafePointer<Float>
    private let dimension: Int
    private let source: Source
    private let kernels = TopKKernels.best

    /// Where vectors come from.
    enum Source {
        /// The row of each index.
        case rows(MatrixView)
        /// The row at the slot of each index.
        case slots(UnsafePointer<UInt32>, MatrixView)
        /// What the code of the entry at the slot of each index stands for.
        case codes(UnsafePointer<UInt32>, InvertedFile)
    }

    /// - Parameters:
    ///   - similarity: For `.cosine`, query and vectors are of length 1.
    ///   - query: The query; outlives the scorer, as all that follows.
    ///   - dimension: The values of a vector.
    ///   - source: The vectors to score.
    init(
        similarity: Similarity, query: UnsafePointer<Float>, dimension: Int, source: Source
    ) {
        self.similarity = similarity
        self.query = query
        self.dimension = dimension
        self.source = source
    }

    /// Replaces the score of each key by the true one.
    func rescore(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
        switch source {
        case .rows(let vectors): rescoreRows(vectors, keys, count: count)
        case .slots(let slots, let vectors):
            let indexes = indexes(of: keys, count: count)
            give(keys, indexes.map { slots[Int($0)] })
            rescoreRows(vectors, keys, count: count)
            give(keys, indexes)
        case .codes(let slots, let file):
            let indexes = indexes(of: keys, count: count)
            give(keys, Array(0..<UInt32(count)))
            file.decoded(entries: indexes.map { Int(slots[Int($0)]) }).withView {
                rescoreRows($0, keys, count: count)
            }
            give(keys, indexes)
        }
    }

    private func indexes(of keys: UnsafeMutablePointer<UInt64>, count: Int) -> [UInt32] {
        (0..<count).map { RankingKey.index(of: keys[$0]) }
    }

    /// Gives keys other indexes.
    private func give(_ keys: UnsafeMutablePointer<UInt64>, _ indexes: [UInt32]) {
        for (position, index) in indexes.enumerated() {
            keys[position] = RankingKey.make(
                score: RankingKey.score(of: keys[position]), index: index)
        }
    }

    private func rescoreRows(
        _ vectors: MatrixView, _ keys: UnsafeMutablePointer<UInt64>, count: Int
    ) {
        let vectors = vectors.columns(0..<dimension)
        switch similarity {
        case .innerProduct, .cosine:
            kernels.rescore(query, items: vectors, keys: keys, count: count)
        case .l2:
            kernels.rescoreByDistance(query, items: vectors, keys: keys, count: count)
        }
    }
}
