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
        let clock = StageClock()
        let audience = try clock.measure("read") {
            try EvaluationAudience.load(
                LearningData.load(context, settings, split), context, settings, evaluation)
        }
        let world = audience.known
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
        report.details["new_users"] = .integer(audience.newcomers.users.count)
        let rankerID = try RankerStore(context: context).find(forTower: model.modelID)
        let methods = MethodEvaluation(
            context: context, audience: audience,
            embeddings: try clock.measure("two_tower") {
                try audience.everybody.embeddings(of: artefact)
            }, twoTowerID: model.modelID, rankerID: rankerID, bootstrap: bootstrap,
            // A serving model on given pairs is not what its twin is compared by.
            keepsUsers: pairs == nil, clock: clock)
        var measured: [MethodEvaluation.Measured] = []
        var challenger: Challenge.Performance?
        for method in methods.allowed {
            try context.stop.check()
            let lists = try methods.lists(of: method)
            let (figures, rows) = try methods.measure(
                lists, of: method, also: method == .twoTower ? gate.map(world.metric) : nil)
            measured.append(figures)
            report.rowsOut! += rows
            if method == .twoTower, let ranked = lists.ranked {
                challenger = Challenge.Performance(
                    world: world, lists: ranked[audience.knownRows], figures: figures.known)
            }
        }
        report.rowsOut! += try methods.compare(measured)
        try context.stop.check()
        if let rankerID, pairs == nil {
            report.rowsOut! += try clock.measure("ranker") {
                try measureRanker(rankerID, settings, context)
            }
        }
        try context.stop.check()
        try clock.measure("gate") { try judge(challenger, context, &report) }
        report.details.merge(clock.details) { $1 }
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
}
