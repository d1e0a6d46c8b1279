/// How much of what users truly took is still there after each stage of a funnel: where recall is lost.
///
/// With `T` the items that a user took and `S` those still among the candidates after a stage, the
/// figure of the stage is the mean of |S ∩ T| / |T| over the users; it falls from stage to stage, and
/// the fall is what the stage costs.
public struct StageRecall: Sendable, Equatable {
    /// The stages, in their order.
    public let stages: [String]
    /// One array per stage, with the share of each user.
    public private(set) var values: [[Float]]

    /// Nobody measured yet.
    public init(stages: [String]) {
        self.stages = stages
        values = [[Float]](repeating: [], count: stages.count)
    }

    /// Adds a user.
    ///
    /// - Parameters:
    ///   - passed: For each item of `T` that was a candidate, how many of the stages it passed.
    ///   - truthCount: |T|, positive.
    public mutating func add(passed: [Int], of truthCount: Int) {
        precondition(
            truthCount > 0 && passed.count <= truthCount, "\(passed.count) of \(truthCount) items")
        for stage in stages.indices {
            values[stage].append(Float(passed.count { $0 > stage }) / Float(truthCount))
        }
    }

    /// The figures of users that follow one another.
    public subscript(users: Range<Int>) -> StageRecall {
        var selected = self
        selected.values = values.map { Array($0[users]) }
        return selected
    }

    /// The figures over all users, and of each cohort: `recall_after_<stage>`, of whole lists.
    ///
    /// - Parameters:
    ///   - cohorts: The cohort of every user, as a position in `names`.
    ///   - names: The names of the cohorts.
    ///   - bootstrap: How to compute intervals; nil for none.
    /// - Throws: `EvaluationError` when there is not one cohort per user.
    public func reports(
        byCohort cohorts: [Int], names: [String], bootstrap: Bootstrap? = nil
    ) throws -> [RankingReport] {
        let userCount = values.first?.count ?? 0
        guard cohorts.count == userCount else {
            throw EvaluationError.lengthMismatch("cohorts", cohorts.count, expected: userCount)
        }
        let everybody = report(of: Array(0..<userCount), cohort: nil, bootstrap)
        return [everybody]
            + names.indices.map { cohort in
                report(
                    of: (0..<userCount).filter { cohorts[$0] == cohort }, cohort: names[cohort],
                    bootstrap)
            }
    }

    private func report(of users: [Int], cohort: String?, _ bootstrap: Bootstrap?) -> RankingReport
    {
        RankingReport(
            cohort: cohort,
            values: MetricValue.means(
                of: values.map { column in users.map { column[$0] } },
                names: stages.map { ("recall_after_\($0)", 0) }, bootstrap: bootstrap),
            userCount: users.count, skippedUserCount: 0)
    }
}
