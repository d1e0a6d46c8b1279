import Evaluation
import Foundation
public import Jobs
import NeuralNetwork
import TwoTower

/// Trains and measures the trials of a study, round after round.
///
/// Trials that are finished are not done again, so that a search which was killed goes on where it
/// was. A trial that cannot be trained is a row with its error, and the search goes on without it.
public struct SearchStep: Step {
    public let name = "search"
    private let study: Study

    public init(_ study: Study) {
        self.study = study
    }

    public func run(in context: StepContext) throws -> StepReport {
        let settings = study.settings
        let data = try LearningData.load(
            context, settings, settings.split(for: context.asOfDate))
        guard !data.isEmpty else {
            throw PipelineError(
                "there is nothing to learn under \(data.split.summary)",
                hint: "Import interactions, check positive_actions in the job, or name the date of "
                    + "the data: vitrine search --date.")
        }
        let world = try EvaluationWorld.load(data, context, settings, study.evaluation)
        guard world.users.count > 0 else {
            throw PipelineError(
                "no user qualifies under \(data.split.summary)",
                hint: "Lower minimum_positives, or import a longer time.")
        }
        let store = TrialStore(
            context: context, study: study, protocolSummary: data.split.summary)
        try store.open()
        if settings.heldOut == .test {
            context.progress(
                "measured on the test: figures to report, not to choose settings by")
        }
        return try search(Subject(data: data, world: world, store: store), context)
    }

    /// What every trial is trained and measured on.
    private struct Subject {
        let data: LearningData
        let world: EvaluationWorld
        let store: TrialStore
        /// Datasets by the numbers of items in them, loaded when the first trial asks for them.
        var trainingSets: [ItemNumbers: TrainingSet] = [:]

        mutating func trainingSet(
            for settings: PipelineSettings, _ context: StepContext
        ) throws -> TrainingSet {
            if let set = trainingSets[settings.itemNumbers] { return set }
            let set = try TrainingSet.load(data, context, settings)
            trainingSets[settings.itemNumbers] = set
            return set
        }
    }

    private func search(_ subject: Subject, _ context: StepContext) throws -> StepReport {
        var subject = subject
        var (trained, failed) = (0, 0)
        var survivors = study.trials
        for (index, rung) in study.rungs.enumerated() {
            var measured: [(trial: Trial, objective: Double)] = []
            for (place, trial) in survivors.prefix(rung.trialCount).enumerated() {
                let label =
                    (study.rungs.count > 1 ? "rung \(index + 1)/\(study.rungs.count), " : "")
                    + "trial \(place + 1)/\(min(rung.trialCount, survivors.count)), \(trial.name)"
                var settings = study.settings
                settings.seed = trial.seed
                settings.itemNumbers = trial.itemNumbers
                let set = try subject.trainingSet(for: settings, context)
                let task = TrialStore.Task(
                    trial: trial.on(rung), rung: index + 1, dataHash: set.dataHash)
                var outcome = try subject.store.outcome(of: task)
                if outcome == nil {
                    outcome = try attempt(task, set, settings, subject, label, context)
                    trained += 1
                }
                switch outcome! {
                case .measured(let objective): measured.append((trial, objective))
                case .failed: failed += 1
                }
            }
            guard !measured.isEmpty else {
                throw PipelineError(
                    "no trial of study \(study.name) could be trained",
                    hint: "select error_message from monitor.trials where study_name = "
                        + "'\(study.name)' says why.")
            }
            // Of equals the one that stands first.
            survivors = measured.sorted {
                ($0.objective, -$0.trial.number) > ($1.objective, -$1.trial.number)
            }.map(\.trial)
        }
        return StepReport(
            rowsIn: subject.world.users.count, rowsOut: trained,
            details: [
                "study": .text(study.name), "failed": .integer(failed),
                "best": .text(survivors[0].name),
            ])
    }

    /// Trains and measures a trial, in a row of its own.
    private func attempt(
        _ task: TrialStore.Task, _ set: TrainingSet, _ settings: PipelineSettings,
        _ subject: Subject, _ label: String, _ context: StepContext
    ) throws -> TrialStore.Outcome {
        let store = subject.store
        let number = try store.start(task)
        do {
            var pace = Pace(.seconds(5))
            var examplesPerSecond = 0.0
            let start = ContinuousClock.now
            let artefact = try set.train(task.trial.configuration, settings) { progress in
                try context.stop.check()
                examplesPerSecond = progress.examplesPerSecond
                if pace.allows() { context.progress("\(label): \(progress.line)") }
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let report = try subject.world.measure(artefact).report(bootstrap: bootstrap)
            // The users of the world have something held out, and the objective is among its measures.
            let objective = report.value(study.objective.rankingMetric)!
            try store.finish(
                task, attempt: number, report, objective: objective,
                examplesPerSecond: examplesPerSecond, seconds: seconds)
            context.progress(
                "\(label): \(objective.name)@\(objective.k) "
                    + String(format: "%.4f", objective.value))
            return .measured(objective.value)
        } catch let error as ModelError {
            try store.close(task, attempt: number, as: "failed", message: error.message)
            context.progress("\(label): \(error.message)")
            return .failed
        } catch {
            // A stop cancels what the session runs, which may be this very statement: once more then.
            // Where the session is gone, the next start says it instead.
            for _ in 0..<2 {
                let closed: Void? = try? store.close(
                    task, attempt: number, as: "interrupted",
                    message: "the search ended without finishing the trial")
                if closed != nil { break }
            }
            throw error
        }
    }

    private var bootstrap: Bootstrap {
        Bootstrap(
            replicates: study.evaluation.bootstrapReplicates,
            seed: UInt64(bitPattern: Int64(study.settings.seed)),
            threadCount: study.settings.threadCount)
    }
}
