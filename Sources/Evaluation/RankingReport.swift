/// One figure of a report.
public struct MetricValue: Sendable, Equatable {
    /// The metric, such as `recall` or `ndcg`.
    public let name: String
    /// The number of ranks that count.
    public let k: Int
    /// The mean over users, or the catalogue's value.
    public let value: Double
    /// The lower end of the bootstrap interval; nil where none is computed.
    public let lower: Double?
    /// The upper end of the bootstrap interval; nil where none is computed.
    public let upper: Double?
    /// The number of users behind the value.
    public let userCount: Int

    /// The mean of each column, with its interval; none where there are no users.
    ///
    /// - Parameters:
    ///   - columns: One array per figure, each with one value per user.
    ///   - names: Of the figures, with the ranks that count.
    static func means(
        of columns: [[Float]], names: [(name: String, k: Int)], bootstrap: Bootstrap?
    ) -> [MetricValue] {
        guard let userCount = columns.first?.count, userCount > 0 else { return [] }
        let intervals = bootstrap?.intervals(ofMeans: columns)
        return zip(names, columns).enumerated().map { position, figure in
            let sum = figure.1.reduce(0) { $0 + Double($1) }
            return MetricValue(
                name: figure.0.name, k: figure.0.k, value: sum / Double(userCount),
                lower: intervals?[position].lowerBound, upper: intervals?[position].upperBound,
                userCount: userCount)
        }
    }
}

/// The figures of one model on one set of users.
public struct RankingReport: Sendable, Equatable {
    /// The cohort that the figures are about; nil for all users.
    public let cohort: String?
    /// The figures, in the order in which the metrics were asked for.
    ///
    /// Means over users are absent when there are none, catalogue values when undefined.
    public let values: [MetricValue]
    /// The number of users with truth, over whom the means are taken.
    public let userCount: Int
    /// The number of users without truth, who are left out of the means.
    public let skippedUserCount: Int

    /// The figure of one metric, if the report has it.
    public func value(_ metric: RankingMetric) -> MetricValue? {
        values.first { $0.name == metric.name && $0.k == metric.cutoff }
    }

    /// The figure of one catalogue metric, if the report has it.
    public func value(_ metric: CatalogueMetric) -> MetricValue? {
        values.first { $0.name == metric.name && $0.k == metric.cutoff }
    }
}
