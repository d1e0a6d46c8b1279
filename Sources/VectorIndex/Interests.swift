import LinearAlgebra

/// Users with several embeddings.
enum Interests {
    /// The k best of what the embeddings of one user found, each index once, with its greatest score.
    ///
    /// An item among the k best by its greatest score is among the k best of the embedding that gives
    /// it, so the lists of all embeddings together hold it.
    static func best(_ k: Int, of keys: [UInt64]) -> [UInt64] {
        var taken: Set<UInt32> = []
        var best: [UInt64] = []
        for key in keys.sorted(by: >) where best.count < k {
            if taken.insert(RankingKey.index(of: key)).inserted { best.append(key) }
        }
        return best
    }
}
