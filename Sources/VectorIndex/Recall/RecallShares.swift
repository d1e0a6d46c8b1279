import LinearAlgebra

/// How much of what exact search finds is found otherwise: the shares of the queries, in 0 ... 1.
public struct RecallShares: Sendable, Equatable {
    /// The mean share.
    public let mean: Double
    /// The share that one query in twenty does not exceed.
    public let fifthPercentile: Double
    /// The smallest share.
    public let minimum: Double

    /// Compares the beginnings of lists; a query without an exact result counts as found.
    ///
    /// - Parameters:
    ///   - found: What was found, a list for each query.
    ///   - expected: The exact result for the same queries.
    ///   - cutoff: The length of the beginnings.
    public init(of found: RankedLists, expected: RankedLists, cutoff: Int) {
        precondition(
            found.count == expected.count, "\(found.count) lists for \(expected.count) queries")
        let shares = (0..<expected.count).map { query in
            let wanted = Set(expected.items[query].prefix(cutoff))
            guard !wanted.isEmpty else { return 1.0 }
            let hits = found.items[query].prefix(cutoff).count { wanted.contains($0) }
            return Double(hits) / Double(wanted.count)
        }.sorted()
        mean = shares.isEmpty ? 1 : shares.reduce(0, +) / Double(shares.count)
        fifthPercentile = shares.isEmpty ? 1 : shares[shares.count / 20]
        minimum = shares.first ?? 1
    }
}
