import Evaluation
import Jobs
import LinearAlgebra
import NeuralNetwork
import Postgres
import TwoTower

/// The model of a run against the champion: both ranked for the same users, and the gate's decision
/// on record. The step embed carries it out.
///
/// What is ranked of each is the evaluation model that was trained in one run with the one that
/// serves. The champion's is as old as the champion is: that it knows less of what is new is part of
/// its quality.
struct Challenge {
    let context: StepContext
    let gate: PromotionGate
    let bootstrap: Bootstrap

    /// What was measured of the challenger.
    struct Performance {
        var world: EvaluationWorld
        var lists: RankedLists
        var figures: RankingEvaluation
    }

    /// What is put on record.
    private struct Verdict {
        var decision: PromotionGate.Decision
        var slopes: (challenger: Double, champion: Double) = (.nan, .nan)
        var differences: [PairedDifference] = []

        /// Without a comparison.
        init(isPassed: Bool, _ reason: String) {
            decision = PromotionGate.Decision(isPassed: isPassed, reasons: [reason])
        }

        init(
            _ decision: PromotionGate.Decision, slopes: (Double, Double),
            differences: [PairedDifference]
        ) {
            self.decision = decision
            self.slopes = slopes
            self.differences = differences
        }
    }

    /// Judges the model of the run.
    ///
    /// - Parameter challenger: nil when it could not be measured.
    /// - Returns: `promoted`, `passed` or `refused`; nil when the run has no model to serve.
    func judge(_ challenger: Performance?) throws -> String? {
        guard let serving = try ModelStore(context: context).find(purpose: "serving") else {
            return nil
        }
        let deployments = Deployments(connection: context.connection, catalog: context.catalog)
        let champion = try deployments.champion()
        let verdict =
            switch champion {
            case nil: Verdict(isPassed: true, "there was no champion yet")
            case serving.modelID?: Verdict(isPassed: false, "the model is champion already")
            case let champion?: try judge(challenger, against: champion)
            }
        let isWaiting = verdict.decision.isPassed && !gate.isAutomatic && champion != nil
        let outcome =
            verdict.decision.isPassed ? (isWaiting ? "passed" : "promoted") : "refused"
        let versus = champion.map { " against champion \($0)" } ?? ""
        context.progress(
            "model \(serving.modelID)\(versus): \(outcome), "
                + verdict.decision.reasons.joined(separator: "; "))
        if isWaiting {
            context.progress("it waits for: vitrine promote \(serving.modelID)")
        }
        try record(
            verdict, outcome, of: serving.modelID, against: champion,
            summary: challenger?.world.data.split.summary)
        return outcome
    }

    private func judge(
        _ challenger: Performance?, against champion: Int64
    ) throws -> Verdict {
        let registry = ModelRegistry(connection: context.connection, catalog: context.catalog)
        let twinID = try registry.details(of: champion).evaluationID
        guard let challenger else {
            let wasMeasured = try twinID.flatMap { try registry.measurement(of: $0) } != nil
            return wasMeasured
                ? Verdict(isPassed: false, "the model could not be measured")
                : Verdict(isPassed: true, "neither model could be measured: the newer one serves")
        }
        guard let twinID else {
            return Verdict(isPassed: true, "the champion was trained without an evaluation model")
        }
        let twin = try registry.details(of: twinID)
        if let leak = try leak(into: twin, twinID, challenger.world, registry) {
            return Verdict(isPassed: false, leak)
        }
        let lists: RankedLists
        do {
            lists = try rank(twin, twinID, like: challenger.world)
        } catch let error as PipelineError {
            return Verdict(isPassed: true, "the champion cannot be ranked: \(error.message)")
        } catch let error as ModelError {
            return Verdict(isPassed: true, "the champion cannot be ranked: \(error.message)")
        }
        return try compare(challenger, with: lists)
    }

    /// Why the champion's evaluation model may know what is held out; nil when it cannot.
    private func leak(
        into twin: ModelRegistry.Details, _ twinID: Int64, _ world: EvaluationWorld,
        _ registry: ModelRegistry
    ) throws -> String? {
        let split = world.data.split
        guard twin.asOfDate <= split.asOfDate else {
            return "the champion knows some of what is held out: it is of a later date"
        }
        guard !split.isByTime else { return nil }
        let learnedBy = try registry.measurement(of: twinID)?.learnedBy
        guard learnedBy == world.settings.learnedBy else {
            return "the champion may know what is held out: it was trained under another protocol"
        }
        return nil
    }

    /// Lists by the champion's evaluation model, for the same users in the same order.
    private func rank(
        _ twin: ModelRegistry.Details, _ twinID: Int64, like world: EvaluationWorld
    ) throws -> RankedLists {
        let artefact = try ModelStore(context: context).load(twinID)
        let settings = world.settings.reading(
            artefact.model, profileAttributes: twin.profileAttributes)
        guard settings != world.settings else {
            return try world.lists(of: world.embeddings(of: artefact))
        }
        // It reads something else of items or users than the job names now.
        let own = try EvaluationWorld.load(
            LearningData.load(context, settings, world.data.split), context, settings,
            world.evaluation)
        return try own.lists(of: own.embeddings(of: artefact))
    }

    private func compare(_ challenger: Performance, with lists: RankedLists) throws -> Verdict {
        let world = challenger.world
        let metric = world.metric(of: gate)
        let comparison = try PairedComparison(
            challenger.figures, against: world.measure(lists.items, also: metric),
            cohorts: world.cohorts, cohortNames: world.cohortNames)
        let differences = comparison.differences(bootstrap: bootstrap)
        let slopes = [challenger.lists, lists].map {
            ScoreCalibration(lists: $0, truth: world.truth)
        }
        return Verdict(
            gate.decide(differences, by: metric, challenger: slopes[0], champion: slopes[1]),
            slopes: (slopes[0]?.slope ?? .nan, slopes[1]?.slope ?? .nan), differences: differences)
    }

    private func record(
        _ verdict: Verdict, _ outcome: String, of challenger: Int64, against champion: Int64?,
        summary: String?
    ) throws {
        try context.connection.withTransaction {
            try context.run(
                "evaluate/record_decision",
                [
                    "run_id": Bind(context.runID), "challenger_model_id": Bind(challenger),
                    "champion_model_id": Bind(champion ?? -1),
                    "protocol": Bind(summary ?? ""), "outcome": Bind(outcome),
                    "reasons": Bind(verdict.decision.reasons),
                    "challenger_slope": Bind(verdict.slopes.challenger),
                    "champion_slope": Bind(verdict.slopes.champion),
                ])
            guard let champion, let summary else { return }
            try ComparisonStore(context: context).save(
                verdict.differences, of: challenger, against: champion, protocol: summary)
        }
    }
}

extension EvaluationWorld {
    /// The metric by which a gate decides, at the ranks that are judged here.
    func metric(of gate: PromotionGate) -> RankingMetric {
        gate.rankingMetric(
            recallCutoff: evaluation.recallCutoff, rankingCutoff: evaluation.rankingCutoff)
    }
}
