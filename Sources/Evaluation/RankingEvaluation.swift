/// The figures of every user under one model, from which reports and comparisons are made.
public struct RankingEvaluation: Sendable, Equatable {
    /// What was measured per user.
    public let metrics: [RankingMetric]
    /// The number of lists that were evaluated, those of users without truth among them.
    public let rowCount: Int
    /// The rows of the users with truth, ascending, counted over everything added.
    public let users: [Int]
    /// One array per metric, with the value of each user of `users`.
    public let values: [[Float]]
    /// The catalogue's figures, which have no interval.
    public let catalogueValues: [MetricValue]

    /// The number of users without truth, who are left out of every mean.
    public var skippedUserCount: Int { rowCount - users.count }

    /// The figures of some metrics alone, without those of the catalogue.
    ///
    /// - Precondition: All were measured.
    public func selecting(_ selected: [RankingMetric]) -> RankingEvaluation {
        RankingEvaluation(
            metrics: selected, rowCount: rowCount, users: users,
            values: selected.map { metric in
                guard let column = metrics.firstIndex(of: metric) else {
                    preconditionFailure("\(metric.name) at \(metric.cutoff) was not measured")
                }
                return values[column]
            }, catalogueValues: [])
    }

    /// The figures over all users.
    ///
    /// - Parameter bootstrap: How to compute intervals; nil for none.
    public func report(bootstrap: Bootstrap? = nil) -> RankingReport {
        RankingReport(
            cohort: nil, values: means(of: values, bootstrap: bootstrap) + catalogueValues,
            userCount: users.count, skippedUserCount: skippedUserCount)
    }

    /// The figures of each cohort, in the order of `names`.
    ///
    /// Catalogue figures are left out: they belong to all lists together.
    ///
    /// - Parameters:
    ///   - cohorts: The cohort of every row, as a position in `names`.
    ///   - names: The names of the cohorts.
    ///   - bootstrap: How to compute intervals; nil for none.
    /// - Throws: `EvaluationError` when there is not one cohort per row.
    public func reports(
        byCohort cohorts: [Int], names: [String], bootstrap: Bootstrap? = nil
    ) throws -> [RankingReport] {
        guard cohorts.count == rowCount else {
            throw EvaluationError.lengthMismatch("cohorts", cohorts.count, expected: rowCount)
        }
        var members = [[Int]](repeating: [], count: names.count)
        for (position, row) in users.enumerated() {
            precondition(
                names.indices.contains(cohorts[row]),
                "cohort \(cohorts[row]) of \(names.count)")
            members[cohorts[row]].append(position)
        }
        return names.indices.map { cohort in
            let selected = values.map { column in members[cohort].map { column[$0] } }
            let rows = cohorts.count { $0 == cohort }
            return RankingReport(
                cohort: names[cohort], values: means(of: selected, bootstrap: bootstrap),
                userCount: members[cohort].count,
                skippedUserCount: rows - members[cohort].count)
        }
    }

    private func means(of columns: [[Float]], bootstrap: Bootstrap?) -> [MetricValue] {
        MetricValue.means(
            of: columns, names: metrics.map { ($0.name, $0.cutoff) }, bootstrap: bootstrap)
    }
}
