import Evaluation
public import Jobs
import LinearAlgebra
import Postgres

/// Measures a model on what was held out of it, beside two baselines and, where the split is by time,
/// the funnel as published. Full ranking over all available items.
///
/// That is the evaluation model of the run, or of an earlier one, under the protocol of the job; or a
/// serving model on a list of pairs. With a gate, the model of the run is compared with the champion
/// too, and the gate says whether it may replace it.
public struct EvaluateStep: Step {
    public let name = "evaluate"
    private let settings: PipelineSettings
    private let evaluation: EvaluationSettings
    private let modelID: Int64?
    private let pairs: HeldOutPairs?
    private let gate: PromotionGate?

    /// - Parameters:
    ///   - gate: What the model of the run has to pass; nil where it is not up for anything.
    ///   - modelID: The two-tower that is measured; the one that the run has trained when nil.
    ///   - pairs: What it is measured on; what the protocol of the job holds out when nil.
    public init(
        _ settings: PipelineSettings, evaluation: EvaluationSettings,
        gate: PromotionGate? = nil, modelID: Int64? = nil, against pairs: HeldOutPairs? = nil
    ) {
        self.settings = settings
        self.gate = gate
        self.evaluation = evaluation
        self.modelID = modelID
        self.pairs = pairs
    }

    public func run(in context: StepContext) throws -> StepReport {
        try context.connection.withTransaction {
            try context.run("evaluate/clear_metrics", ["run_id": Bind(context.runID)])
        }
        guard let model = try model(context) else {
            context.progress("no evaluation model: nothing is measured")
            var report = StepReport(rowsIn: 0, rowsOut: 0)
            try judge(nil, context, &report)
            return report
        }
        let split: any EvaluationSplit =
            if let pairs {
                GivenPairs(asOfDate: model.asOfDate, list: pairs)
            } else {
                settings.split(for: context.asOfDate)
            }
        let artefact = try ModelStore(context: context).load(model.modelID)
        // The job may name other inputs by now than the model was trained with.
        let settings = try settings.reading(
            artefact.model,
            profileAttributes: ModelRegistry(
                connection: context.connection, catalog: context.catalog
            ).details(of: model.modelID).profileAttributes)
        let data = try LearningData.load(context, settings, split)
        let world = try EvaluationWorld.load(data, context, settings, evaluation)
        var report = StepReport(
            rowsIn: world.users.count, rowsOut: 0, details: world.counts.details)
        report.details["model_id"] = .integer(Int(model.modelID))
        report.details["protocol"] = .text(split.summary)
        report.details["users"] = .integer(world.users.count)
        guard world.users.count > 0 else {
            context.progress("no user qualifies under \(split.summary)")
            try judge(nil, context, &report)
            return report
        }
        let embeddings = try world.embeddings(of: artefact)
        let towerLists = try world.lists(of: embeddings)
        let figures = try world.measure(
            towerLists.items, also: gate.map { world.metric(of: $0) })
        let rankerID = try RankerStore(context: context).find(forTower: model.modelID)
        let newcomers = try EvaluationWorld.load(data, context, settings, evaluation, of: .new)
        report.details["new_users"] = .integer(newcomers.users.count)
        let newcomerEmbeddings =
            newcomers.users.count > 0 ? try newcomers.embeddings(of: artefact) : nil
        for subject in Subject.allCases where subject != .funnel || split.isByTime {
            try context.stop.check()
            let found =
                subject == .twoTower
                ? (lists: towerLists.items, recall: nil)
                : try subject.lists(in: world, embeddings, rankerID: rankerID, context)
            var others = try world.newItemReports(of: found.lists, bootstrap: bootstrap)
            if let newcomerEmbeddings {
                others += try newcomers.reports(
                    of: subject.lists(
                        in: newcomers, newcomerEmbeddings, rankerID: rankerID, context
                    ).lists, as: .newUsers, bootstrap: bootstrap)
            }
            if let recall = found.recall {
                others += try recall.reports(
                    byCohort: world.cohorts, names: world.cohortNames, bootstrap: bootstrap)
            }
            report.rowsOut! += try record(
                subject, subject == .twoTower ? figures : world.measure(found.lists), others, world,
                twoTowerID: model.modelID, context)
        }
        try context.stop.check()
        if let rankerID, pairs == nil {
            report.rowsOut! += try measureRanker(rankerID, settings, context)
        }
        try context.stop.check()
        try judge(
            Challenge.Performance(world: world, lists: towerLists, figures: figures), context,
            &report)
        return report
    }

    /// Asks the gate, where there is one; nil stands for a model that could not be measured.
    private func judge(
        _ challenger: Challenge.Performance?, _ context: StepContext, _ report: inout StepReport
    ) throws {
        guard let gate else { return }
        let outcome = try Challenge(context: context, gate: gate, bootstrap: bootstrap)
            .judge(challenger)
        if let outcome { report.details["gate"] = .text(outcome) }
    }

    private var bootstrap: Bootstrap {
        Bootstrap(
            replicates: evaluation.bootstrapReplicates,
            seed: UInt64(bitPattern: Int64(settings.seed)), threadCount: settings.threadCount)
    }

    private func model(_ context: StepContext) throws -> ModelStore.Record? {
        let store = ModelStore(context: context)
        if let modelID { return try store.twoTower(modelID) }
        let purpose = pairs == nil ? ModelPurpose.evaluation : .serving
        return try store.find(purpose: purpose.rawValue)
    }

    /// What is measured: the kinds of `model.models`.
    private enum Subject: String, CaseIterable {
        case popularity
        case itemCosine = "item_cosine"
        case twoTower = "two_tower"
        case funnel

        /// What it recommends to the users of a world; of the funnel also where it loses recall.
        func lists(
            in world: EvaluationWorld, _ embeddings: WorldEmbeddings, rankerID: Int64?,
            _ context: StepContext
        ) throws -> (lists: IndexLists, recall: StageRecall?) {
            switch self {
            case .popularity: return (try world.popularityLists(context), nil)
            case .itemCosine: return (world.itemCosineLists(), nil)
            case .twoTower: return (try world.lists(of: embeddings).items, nil)
            case .funnel:
                let found = try world.funnelLists(embeddings, rankerID: rankerID, context)
                return (found.lists, found.recall)
            }
        }
    }

    private func record(
        _ subject: Subject, _ result: RankingEvaluation, _ others: [RankingReport],
        _ world: EvaluationWorld, twoTowerID: Int64, _ context: StepContext
    ) throws -> Int {
        let whole = result.report(bootstrap: bootstrap)
        let reports =
            [whole]
            + (try result.reports(
                byCohort: world.cohorts, names: world.cohortNames, bootstrap: bootstrap)) + others
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
            // A serving model on given pairs is not what its twin is compared by.
            guard subject == .twoTower, pairs == nil else { return rows }
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
