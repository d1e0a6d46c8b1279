import Foundation
public import Jobs
import Postgres
public import TwoTower

/// Trains the towers twice: without what is held out, to be measured, and on everything known, to
/// serve.
public struct TrainStep: Step {
    public let name = "train"
    private let settings: PipelineSettings
    let configuration: TwoTowerConfiguration

    public init(_ settings: PipelineSettings, configuration: TwoTowerConfiguration) {
        self.settings = settings
        self.configuration = configuration
    }

    /// What training says of itself, recorded with the model.
    private struct Training: Encodable {
        var exampleCount = 0
        var epochLosses: [Double] = []
        var examplesPerSecond = 0.0
        var seconds = 0.0
        var samplers: [SamplerReport] = []
    }

    public func run(in context: StepContext) throws -> StepReport {
        try context.connection.withTransaction {
            try context.run("train/clear_models", ["run_id": Bind(context.runID)])
        }
        var report = StepReport(rowsIn: 0, rowsOut: 0)
        for purpose in settings.models {
            let split: any EvaluationSplit =
                purpose == .evaluation
                ? settings.split(for: context.asOfDate)
                : EverythingKnown(asOfDate: context.asOfDate)
            let data = try LearningData.load(context, settings, split)
            guard data.isEmpty else {
                try train(purpose, on: .load(data, context, settings), context, &report)
                continue
            }
            guard purpose == .evaluation else {
                throw PipelineError(
                    "there is nothing to train on",
                    hint: "Import interactions, and check positive_actions in the job.")
            }
            // Too young to be measured: it can still serve.
            context.progress("nothing to learn under \(split.summary): not evaluated")
        }
        return report
    }

    private func train(
        _ purpose: ModelPurpose, on set: TrainingSet, _ context: StepContext,
        _ report: inout StepReport
    ) throws {
        var training = Training()
        training.exampleCount = set.positiveCount
        var pace = Pace(.seconds(5))
        let start = ContinuousClock.now
        let artefact = try set.train(configuration, settings) { progress in
            try context.stop.check()
            training.examplesPerSecond = progress.examplesPerSecond
            training.samplers = progress.samplers
            if training.epochLosses.count < progress.epoch { training.epochLosses.append(0) }
            training.epochLosses[progress.epoch - 1] = progress.epochLoss
            if pace.allows() || progress.batch == progress.batchCount {
                context.progress("\(purpose) model: \(progress.line)")
            }
        }
        training.seconds = (ContinuousClock.now - start) / .seconds(1)
        let bytes = artefact.encoded()
        try context.connection.withTransaction {
            _ = try ModelStore(context: context).save(
                ModelStore.Description(
                    kind: "two_tower", purpose: purpose.rawValue, asOfDate: set.data.split.asOfDate,
                    configuration: try json(configuration), dataHash: set.dataHash,
                    seed: settings.seed, dimension: artefact.model.dimension,
                    training: try json(training)),
                artefact: bytes)
        }
        report.rowsIn = (report.rowsIn ?? 0) + training.exampleCount * configuration.epochs
        report.rowsOut = (report.rowsOut ?? 0) + 1
        report.details["\(purpose)_loss"] = .number(training.epochLosses.last ?? 0)
        report.details["\(purpose)_examples_per_second"] = .number(training.examplesPerSecond)
        report.details["\(purpose)_data_hash"] = .text(set.dataHash)
    }

    private func json<Value: Encodable>(_ value: Value) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension TrainingProgress {
    /// One line for people.
    var line: String {
        let rate = Int(examplesPerSecond.rounded())
        let left = Int(secondsLeft.rounded(.up))
        return "epoch \(epoch)/\(epochCount), loss \(String(format: "%.4f", epochLoss)), "
            + "\(rate) examples/s, \(left) s left"
    }
}
