/// The figures of two models on the same users, user by user.
///
/// What the users have in common, which is most of what figures vary by, cancels in a difference:
/// its interval is narrower than two intervals side by side suggest, and one that does not hold 0
/// tells the models apart.
public struct PairedComparison: Sendable {
    /// What was measured of each user: a metric and its cutoff.
    public struct Measure: Hashable, Sendable {
        /// The metric, such as `recall` or `ndcg`.
        public let name: String
        /// The number of ranks that count.
        public let k: Int

        public init(name: String, k: Int) {
            self.name = name
            self.k = k
        }
    }

    /// What was measured.
    public let measures: [Measure]
    /// Figures of the first model: an array per measure, with a value per user.
    private let first: [[Float]]
    /// Figures of the second, in the same order.
    private let second: [[Float]]
    /// Cohort of each user, as a position in ``cohortNames``.
    private let cohorts: [Int]
    private let cohortNames: [String]

    /// Pairs figures that were kept by user.
    ///
    /// - Parameters:
    ///   - first: One array per measure, with one value per user.
    ///   - second: The same users and measures under the other model.
    ///   - cohorts: The cohort of every user, as a position in `cohortNames`.
    /// - Throws: `EvaluationError` when the arrays do not cover the same users.
    public init(
        measures: [Measure], first: [[Float]], second: [[Float]], cohorts: [Int],
        cohortNames: [String]
    ) throws(EvaluationError) {
        guard first.count == measures.count, second.count == measures.count else {
            throw EvaluationError.differentUsers
        }
        for column in first + second where column.count != cohorts.count {
            throw EvaluationError.lengthMismatch(
                "values", column.count, expected: cohorts.count)
        }
        precondition(
            cohorts.allSatisfy { cohortNames.indices.contains($0) },
            "a cohort beyond the \(cohortNames.count) that have names")
        self.measures = measures
        self.first = first
        self.second = second
        self.cohorts = cohorts
        self.cohortNames = cohortNames
    }

    /// Pairs two evaluations of the same lists' users.
    ///
    /// - Parameter cohorts: The cohort of every row, as a position in `cohortNames`.
    /// - Throws: `EvaluationError` when the two do not cover the same users and metrics, or there is
    ///   not one cohort per row.
    public init(
        _ first: RankingEvaluation, against second: RankingEvaluation, cohorts: [Int],
        cohortNames: [String]
    ) throws(EvaluationError) {
        guard first.metrics == second.metrics, first.rowCount == second.rowCount,
            first.users == second.users
        else { throw EvaluationError.differentUsers }
        guard cohorts.count == first.rowCount else {
            throw EvaluationError.lengthMismatch("cohorts", cohorts.count, expected: first.rowCount)
        }
        try self.init(
            measures: first.metrics.map { Measure(name: $0.name, k: $0.cutoff) },
            first: first.values, second: second.values, cohorts: first.users.map { cohorts[$0] },
            cohortNames: cohortNames)
    }

    /// The mean difference of every measure, over all users and in each cohort that has any.
    ///
    /// - Parameter bootstrap: How to compute intervals.
    /// - Returns: All users first, then the cohorts in the order of their names, each with the
    ///   measures in order; empty when there are no users.
    public func differences(bootstrap: Bootstrap) -> [PairedDifference] {
        guard !cohorts.isEmpty else { return [] }
        var found = differences(of: Array(cohorts.indices), cohort: nil, bootstrap)
        for (index, name) in cohortNames.enumerated() {
            let members = cohorts.indices.filter { cohorts[$0] == index }
            if !members.isEmpty { found += differences(of: members, cohort: name, bootstrap) }
        }
        return found
    }

    private func differences(
        of members: [Int], cohort: String?, _ bootstrap: Bootstrap
    ) -> [PairedDifference] {
        let columns = zip(first, second).map { one, other in members.map { one[$0] - other[$0] } }
        let intervals = bootstrap.intervals(ofMeans: columns)
        return measures.indices.map { index in
            PairedDifference(
                cohort: cohort, measure: measures[index],
                first: mean(members.lazy.map { first[index][$0] }),
                second: mean(members.lazy.map { second[index][$0] }),
                difference: mean(columns[index]), interval: intervals[index],
                userCount: members.count)
        }
    }

    private func mean(_ values: some Collection<Float>) -> Double {
        values.reduce(0) { $0 + Double($1) } / Double(values.count)
    }
}

/// How far one model's figure lies above another's, over the same users.
public struct PairedDifference: Sendable, Equatable {
    /// The cohort; nil for all users.
    public let cohort: String?
    /// What was measured.
    public let measure: PairedComparison.Measure
    /// The mean under the first model.
    public let first: Double
    /// The mean under the second.
    public let second: Double
    /// The mean of first less second, user by user.
    public let difference: Double
    /// The bootstrap interval of the difference.
    public let interval: ClosedRange<Double>
    /// The users behind it.
    public let userCount: Int

    public init(
        cohort: String?, measure: PairedComparison.Measure, first: Double, second: Double,
        difference: Double, interval: ClosedRange<Double>, userCount: Int
    ) {
        self.cohort = cohort
        self.measure = measure
        self.first = first
        self.second = second
        self.difference = difference
        self.interval = interval
        self.userCount = userCount
    }
}
