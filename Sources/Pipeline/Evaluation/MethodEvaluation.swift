import Evaluation
import Foundation
import Jobs
import LinearAlgebra
import Postgres

/// The two-tower, the baselines and the funnel, side by side: each asked once for everybody, measured on
/// the same users, and compared user by user.
struct MethodEvaluation {
    let context: StepContext
    let audience: EvaluationAudience
    /// Of everybody, by the two-tower that is measured.
    let embeddings: WorldEmbeddings
    let twoTowerID: Int64
    let rankerID: Int64?
    let bootstrap: Bootstrap
    /// Whether the figures of every user under the two-tower are kept, for others to be compared with.
    let keepsUsers: Bool
    let clock: StageClock

    /// What is measured: the kinds of `model.models`, the one that publishes last.
    enum Method: String, CaseIterable {
        case popularity
        case itemCosine = "item_cosine"
        case twoTower = "two_tower"
        case funnel
    }

    /// Those that the split allows.
    var allowed: [Method] { Method.allCases.filter { $0 != .funnel || split.isByTime } }

    /// What a method recommends to everybody.
    struct Lists {
        /// With scores, where it has any.
        var ranked: RankedLists?
        var items: IndexLists
        /// Of the funnel, where it loses recall.
        var recall: StageRecall?
    }

    /// The figures of a method, user by user.
    struct Measured {
        let method: Method
        let modelID: Int64
        let known: RankingEvaluation
        /// Nil where there are none.
        let newcomers: RankingEvaluation?
    }

    private var world: EvaluationWorld { audience.known }
    private var split: any EvaluationSplit { world.data.split }

    // MARK: - One method

    func lists(of method: Method) throws -> Lists {
        let everybody = audience.everybody
        switch method {
        case .popularity:
            return Lists(
                items: try clock.measure("popularity") { try everybody.popularityLists(context) })
        case .itemCosine:
            return Lists(items: clock.measure("item_cosine") { everybody.itemCosineLists() })
        case .twoTower:
            let ranked = try clock.measure("two_tower") { try everybody.lists(of: embeddings) }
            return Lists(ranked: ranked, items: ranked.items)
        case .funnel:
            let found = try everybody.funnelLists(
                embeddings, rankerID: rankerID, clock: clock, context)
            return Lists(items: found.lists, recall: found.recall)
        }
    }

    /// Measures lists, and records the figures.
    ///
    /// - Parameter metric: Measured as well, where it is none of those that always are.
    /// - Returns: The figures, and rows written.
    func measure(
        _ lists: Lists, of method: Method, also metric: RankingMetric? = nil
    ) throws -> (measured: Measured, rows: Int) {
        try clock.measure("measure") {
            let known = try world.measure(lists.items[audience.knownRows], also: metric)
            let newcomers =
                audience.newcomerRows.isEmpty
                ? nil : try audience.newcomers.measure(lists.items[audience.newcomerRows])
            let whole = known.report(bootstrap: bootstrap)
            var reports = [whole]
            reports += try known.reports(
                byCohort: world.cohorts, names: world.cohortNames, bootstrap: bootstrap)
            reports += try world.newItemReports(
                of: lists.items[audience.knownRows], bootstrap: bootstrap)
            if let newcomers {
                reports += try audience.newcomers.reports(
                    of: newcomers, as: .newUsers, bootstrap: bootstrap)
            }
            if let recall = lists.recall?[audience.knownRows] {
                reports += try recall.reports(
                    byCohort: world.cohorts, names: world.cohortNames, bootstrap: bootstrap)
            }
            let (modelID, rows) = try record(reports, known, of: method)
            let (recall, ndcg) = (whole.value(metrics[0]), whole.value(metrics[1]))
            context.progress(
                "\(method.rawValue): recall@\(metrics[0].cutoff) \(four(recall?.value)), "
                    + "nDCG@\(metrics[1].cutoff) \(four(ndcg?.value))")
            return (
                Measured(method: method, modelID: modelID, known: known, newcomers: newcomers), rows
            )
        }
    }

    private func record(
        _ reports: [RankingReport], _ figures: RankingEvaluation, of method: Method
    ) throws -> (modelID: Int64, rows: Int) {
        try context.connection.withTransaction {
            let modelID =
                method == .twoTower
                ? twoTowerID
                : try ModelStore(context: context).save(
                    ModelStore.Description(
                        kind: method.rawValue, purpose: "evaluation", asOfDate: split.asOfDate,
                        configuration: "{}", dataHash: "", seed: world.settings.seed))
            let store = MetricStore(context: context)
            var rows = try store.save(reports, of: modelID, protocol: split.summary)
            if method == .twoTower, keepsUsers {
                rows += try store.save(figures, in: world, of: modelID)
            }
            return (modelID, rows)
        }
    }

    // MARK: - Comparison

    /// The last method, which is what would be published, against each of the others: recall and nDCG,
    /// user by user.
    ///
    /// - Returns: Rows written.
    func compare(_ measured: [Measured]) throws -> Int {
        guard let best = measured.last else { return 0 }
        return try clock.measure("compare") {
            try measured.dropLast().reduce(0) { rows, other in
                var differences = try PairedComparison(
                    best.known.selecting(metrics), against: other.known.selecting(metrics),
                    cohorts: world.cohorts, cohortNames: world.cohortNames
                ).differences(bootstrap: bootstrap)
                context.progress(
                    "\(best.method.rawValue) less \(other.method.rawValue): "
                        + differences.prefix(metrics.count).map(words).joined(separator: ", "))
                if let new = best.newcomers, let old = other.newcomers {
                    differences += try PairedComparison(
                        new.selecting(metrics), against: old.selecting(metrics),
                        cohorts: [Int](repeating: 0, count: new.rowCount),
                        cohortNames: [EvaluationWorld.ColdStartCohort.newUsers.rawValue]
                    ).differences(bootstrap: bootstrap).filter { $0.cohort != nil }
                }
                return rows
                    + (try context.connection.withTransaction {
                        try ComparisonStore(context: context).save(
                            differences, of: best.modelID, against: other.modelID,
                            protocol: split.summary)
                    })
            }
        }
    }

    /// What methods are told apart by.
    private var metrics: [RankingMetric] {
        [
            .recall(at: world.evaluation.recallCutoff), .ndcg(at: world.evaluation.rankingCutoff),
        ]
    }

    private func words(_ found: PairedDifference) -> String {
        "\(found.measure.name)@\(found.measure.k) \(four(found.difference)) "
            + "(\(four(found.interval.lowerBound)) to \(four(found.interval.upperBound)))"
    }

    private func four(_ value: Double?) -> String {
        value.map { String(format: "%.4f", $0) } ?? "-"
    }
}
