import Evaluation
import LinearAlgebra

/// How well users and items are served of whom next to nothing is known.
extension EvaluationWorld {
    /// The names under which they are measured.
    enum ColdStartCohort: String {
        /// Users with fewer positives than the evaluation asks for, down to none.
        case newUsers = "new_users"
        /// Items of which no positive was learned; some are not in the catalogue at all.
        case newItems = "new_items"
    }

    /// The figures on held-out items that are new, of the users of whom one is held out: the lists are
    /// those over all items, so that what is new competes with what is known.
    func newItemReports(of lists: IndexLists, bootstrap: Bootstrap) throws -> [RankingReport] {
        let learned = data.users.positives(of: data.items.ids.count)
        let new = IndexLists(
            (0..<truth.count).map { row in
                truth[row].filter { Int($0) >= learned.count || learned[Int($0)] == 0 }
            })
        guard !new.values.isEmpty else { return [] }
        return try reports(
            of: measure(lists, on: new), as: .newItems, bootstrap: bootstrap)
    }

    /// What was measured of the users of this world, as the figures of one cohort.
    func reports(
        of evaluation: RankingEvaluation, as cohort: ColdStartCohort, bootstrap: Bootstrap
    ) throws -> [RankingReport] {
        try evaluation.reports(
            byCohort: [Int](repeating: 0, count: evaluation.rowCount), names: [cohort.rawValue],
            bootstrap: bootstrap)
    }
}
