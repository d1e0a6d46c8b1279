/// How much of exact search was found at one number of probes: shares in 0 ... 1 over the queries.
public struct RecallPoint: Sendable, Codable, Equatable {
    /// Lists gone through for each query.
    public let probes: Int
    /// The length of the lists compared.
    public let cutoff: Int
    /// The mean share.
    public let mean: Double
    /// The share that one query in twenty does not exceed.
    public let fifthPercentile: Double
    /// The smallest share.
    public let minimum: Double
}

/// Recall at several numbers of probes.
public struct RecallCurve: Sendable, Codable, Equatable {
    /// The points, by number of probes, then cutoff.
    public let points: [RecallPoint]
    /// Queries that it was measured with.
    public let queryCount: Int

    /// The smallest number of probes measured that reaches both targets, or nil.
    ///
    /// - Parameters:
    ///   - cutoff: The length of the lists.
    ///   - mean: What the mean share has to reach.
    ///   - fifthPercentile: What the share of all but one query in twenty has to reach.
    public func smallestProbes(
        cutoff: Int, mean: Double, fifthPercentile: Double
    ) -> Int? {
        points.filter {
            $0.cutoff == cutoff && $0.mean >= mean && $0.fifthPercentile >= fifthPercentile
        }.map(\.probes).min()
    }
}
