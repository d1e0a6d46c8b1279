import Evaluation
public import Jobs
import LinearAlgebra
import Postgres

/// Measures the evaluation model of the run on what was held out of it, beside two baselines and, where
/// the split is by time, the published blend; then compares it with the champion and says whether the
/// model of the run may replace it.
///
/// Full ranking over all available items.
public struct EvaluateStep: Step {
    public let name = "evaluate"
    private let settings: PipelineSettings
    private let evaluation: EvaluationSettings
    private let gate: PromotionGate

    public init(
        _ settings: PipelineSettings, evaluation: EvaluationSettings, gate: PromotionGate
    ) {
        self.settings = settings
        self.evaluation = evaluation
        self.gate = gate
    }

    public func run(in context: StepContext) throws -> StepReport {
        try context.connection.withTransaction {
            try context.run("evaluate/clear_metrics", ["run_id": Bind(context.runID)])
        }
        let challenge = Challenge(context: context, gate: gate, bootstrap: bootstrap)
        let split = settings.split(for: context.asOfDate)
        guard let model = try ModelStore(context: context).find(purpose: "evaluation") else {
            context.progress("no evaluation model: nothing is measured")
            return report(split, outcome: try challenge.judge(nil))
        }
        let artefact = try ModelStore(context: context).load(model.modelID)
        let data = try LearningData.load(context, settings, split)
        let world = try EvaluationWorld.load(data, context, settings, evaluation)
        guard world.users.count > 0 else {
            context.progress("no user qualifies under \(split.summary)")
            return report(split, outcome: try challenge.judge(nil))
        }
        let embeddings = try world.embeddings(of: artefact)
        let towerLists = try world.lists(of: embeddings)
        let figures = try world.measure(towerLists.items, also: world.metric(of: gate))
        var rows = 0
        for subject in Subject.allCases where subject != .blend || split.isByTime {
            try context.stop.check()
            let result =
                switch subject {
                case .twoTower: figures
                case .popularity: try world.measure(world.popularityLists(context))
                case .itemCosine: try world.measure(world.itemCosineLists())
                case .blend: try world.measure(world.blendLists(embeddings, context))
                }
            rows += try record(subject, result, world, twoTowerID: model.modelID, context)
        }
        try context.stop.check()
        let outcome = try challenge.judge(
            Challenge.Performance(world: world, lists: towerLists, figures: figures))
        return report(split, users: world.users.count, rows: rows, outcome: outcome)
    }

    private func report(
        _ split: any EvaluationSplit, users: Int = 0, rows: Int = 0, outcome: String?
    ) -> StepReport {
        var report = StepReport(
            rowsIn: users, rowsOut: rows,
            details: ["users": .integer(users), "protocol": .text(split.summary)])
        if let outcome { report.details["gate"] = .text(outcome) }
        return report
    }

    private var bootstrap: Bootstrap {
        Bootstrap(
            replicates: evaluation.bootstrapReplicates,
            seed: UInt64(bitPattern: Int64(settings.seed)), threadCount: settings.threadCount)
    }

    /// What is measured: the kinds of `model.models`.
    private enum Subject: String, CaseIterable {
        case popularity
        case itemCosine = "item_cosine"
        case twoTower = "two_tower"
        case blend
    }

    private func record(
        _ subject: Subject, _ result: RankingEvaluation, _ world: EvaluationWorld,
        twoTowerID: Int64, _ context: StepContext
    ) throws -> Int {
        let whole = result.report(bootstrap: bootstrap)
        let reports =
            [whole]
            + (try result.reports(
                byCohort: world.cohorts, names: world.cohortNames, bootstrap: bootstrap))
        let split = world.data.split
        let rows = try context.connection.withTransaction {
            let modelID =
                subject == .twoTower
                ? twoTowerID
                : try ModelStore(context: context).save(
                    ModelStore.Description(
                        kind: subject.rawValue, purpose: "evaluation", asOfDate: split.asOfDate,
                        configuration: "{}", dataHash: "", seed: settings.seed))
            let store = MetricStore(context: context)
            let rows = try store.save(reports, of: modelID, protocol: split.summary)
            guard subject == .twoTower else { return rows }
            return rows + (try store.save(result, in: world, of: modelID))
        }
        let recall = whole.value(RankingMetric.recall(at: evaluation.recallCutoff))
        let ndcg = whole.value(RankingMetric.ndcg(at: evaluation.rankingCutoff))
        context.progress(
            "\(subject.rawValue): recall@\(evaluation.recallCutoff) \(four(recall?.value)), "
                + "nDCG@\(evaluation.rankingCutoff) \(four(ndcg?.value))")
        return rows
    }

    private func four(_ value: Double?) -> String {
        guard let value else { return "-" }
        let digits = String(Int((abs(value) * 10_000).rounded()))
        let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return (value < 0 ? "-" : "") + padded.dropLast(4) + "." + padded.suffix(4)
    }
}
