import Foundation
public import Jobs
import Postgres
public import TwoTower

/// Trains the towers twice: without the days that are held out, to be measured, and on everything
/// known, to serve.
public struct TrainStep: Step {
    public let name = "train"
    private let settings: PipelineSettings
    private let configuration: TwoTowerConfiguration

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
    }

    public func run(in context: StepContext) throws -> StepReport {
        try context.connection.withTransaction {
            try context.run("train/clear_models", ["run_id": Bind(context.runID)])
        }
        let split = settings.splitDate(for: context.asOfDate)
        var report = StepReport(rowsIn: 0, rowsOut: 0)
        for (purpose, date) in [("evaluation", split), ("serving", context.asOfDate)] {
            let events = try train(purpose, asOf: date, context, &report)
            if events == 0 {
                guard purpose == "evaluation" else {
                    throw PipelineError(
                        "there is nothing to train on",
                        hint: "Import interactions, and check positive_actions in the job.")
                }
                // Too young to be measured: it can still serve.
                context.progress(
                    "nothing was known \(settings.holdoutDays) days ago: not evaluated")
            }
        }
        return report
    }

    private func train(
        _ purpose: String, asOf date: PostgresDate, _ context: StepContext,
        _ report: inout StepReport
    ) throws -> Int {
        var vocabularies = Vocabularies()
        let items = try ItemTable.load(context, asOf: date, extending: &vocabularies)
        let users = try UserTable.load(
            context, settings, asOf: date, vocabularies: &vocabularies, learning: true)
        guard users.sequences.items.count > 0, items.ids.count > 0 else { return 0 }
        let firstDay = try firstExampleDate(users, asOf: date, context)
        let numbers = try items.numbers(context, from: firstDay, until: date)
        let dataset = try TwoTowerDataset(
            catalogue: items.catalogue, numericFeatures: numbers, profiles: users.profiles,
            sequences: users.sequences, firstExampleDay: firstDay.daysSinceEpoch)
        let dataHash = try context.connection.value(
            try context.query(
                "train/data_hash", ["from_date": Bind(firstDay), "as_of_date": Bind(date)]),
            as: String.self)
        var training = Training()
        training.exampleCount = users.sequences.items.count
        var pace = Pace(.seconds(5))
        let start = ContinuousClock.now
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: UInt64(bitPattern: Int64(settings.seed)),
            threadCount: settings.threadCount
        ) { progress in
            try context.stop.check()
            training.examplesPerSecond = progress.examplesPerSecond
            if training.epochLosses.count < progress.epoch { training.epochLosses.append(0) }
            training.epochLosses[progress.epoch - 1] = progress.epochLoss
            if pace.allows() || progress.batch == progress.batchCount {
                context.progress("\(purpose) model: \(progress.line)")
            }
        }
        training.seconds = (ContinuousClock.now - start) / .seconds(1)
        let artefact = ModelArtefact(model: model, vocabularies: vocabularies).encoded()
        try context.connection.withTransaction {
            _ = try ModelStore(context: context).save(
                ModelStore.Description(
                    kind: "two_tower", purpose: purpose, asOfDate: date,
                    configuration: try json(configuration), dataHash: dataHash, seed: settings.seed,
                    profileAttributes: settings.profileAttributes, dimension: model.dimension,
                    training: try json(training)),
                artefact: artefact)
        }
        report.rowsIn = (report.rowsIn ?? 0) + training.exampleCount * configuration.epochs
        report.rowsOut = (report.rowsOut ?? 0) + 1
        report.details["\(purpose)_loss"] = .number(training.epochLosses.last ?? 0)
        report.details["\(purpose)_examples_per_second"] = .number(training.examplesPerSecond)
        report.details["\(purpose)_data_hash"] = .text(dataHash)
        return users.sequences.items.count
    }

    /// The first date that has both a snapshot of items and may have examples.
    private func firstExampleDate(
        _ users: UserTable, asOf date: PostgresDate, _ context: StepContext
    ) throws -> PostgresDate {
        let known = try context.connection.value(
            try context.query("features/first_known_date"), as: PostgresDate?.self)
        return max(date.advanced(by: -settings.snapshotDays), known ?? date)
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
    fileprivate var line: String {
        let rate = Int(examplesPerSecond.rounded())
        let left = Int(secondsLeft.rounded(.up))
        return "epoch \(epoch)/\(epochCount), loss \(String(format: "%.4f", epochLoss)), "
            + "\(rate) examples/s, \(left) s left"
    }
}
