import Foundation
public import Jobs
import NeuralNetwork
import Postgres
public import Ranking
public import TwoTower

/// Trains the towers twice: without what is held out, to be measured, and on everything known, to
/// serve; then a ranker for each.
public struct TrainStep: Step {
    public let name = "train"
    let settings: PipelineSettings
    let configuration: TwoTowerConfiguration
    let ranker: RankerConfiguration

    /// - Parameter ranker: How rankers are trained; the defaults when nil.
    public init(
        _ settings: PipelineSettings, configuration: TwoTowerConfiguration,
        ranker: RankerConfiguration? = nil
    ) {
        self.settings = settings
        self.configuration = configuration
        self.ranker = ranker ?? .nightly
    }

    public func run(in context: StepContext) throws -> StepReport {
        try context.connection.withTransaction {
            try context.run("train/expire_checkpoints", ["run_id": Bind(context.runID)])
        }
        // The same for every attempt of the run: what one of them took stays taken.
        let requests = try context.connection.query(
            try context.query("train/take_requests", ["run_id": Bind(context.runID)]),
            as: Int64.self)
        if !requests.isEmpty { context.progress("trains afresh: ops.retrain_requests asks for it") }
        var report = StepReport(rowsIn: 0, rowsOut: 0)
        // A serving model learns everything, for as long as the evaluation model found best.
        var servingLength = TrainingLength.share(1)
        for purpose in settings.models {
            let split: any EvaluationSplit =
                purpose == .evaluation
                ? settings.split(for: context.asOfDate)
                : EverythingKnown(asOfDate: context.asOfDate)
            let data = try LearningData.load(context, settings, split)
            let set = data.isEmpty ? nil : try TrainingSet.load(data, context, settings)
            if let set, set.hasExamples {
                let record = try make(
                    purpose, on: set,
                    length: purpose == .evaluation ? .configured : servingLength,
                    isAfresh: !requests.isEmpty, context, &report)
                if let share = record.bestShare { servingLength = .share(share) }
                continue
            }
            guard purpose == .evaluation else {
                throw PipelineError(
                    "there is nothing to train on",
                    hint: set == nil
                        ? "Import interactions, and check positive_actions in the job."
                        : "What was imported is older than snapshot_days of the job: raise that, or write "
                            + "item_numbers: none.")
            }
            // Too young to be measured: it can still serve.
            context.progress("nothing to learn under \(split.summary): not evaluated")
        }
        try makeRankers(baseLength: servingLength, context, &report)
        return report
    }

    /// Trains the model for a purpose and saves it, unless an earlier attempt of the run has.
    @discardableResult
    func make(
        _ purpose: ModelPurpose, on set: TrainingSet, length: TrainingLength,
        isAfresh: Bool = false, _ context: StepContext, _ report: inout StepReport
    ) throws -> TrainingRecord {
        let store = ModelStore(context: context)
        // Where time does not tell what is held out, an old model may have learned it.
        let mayStartWarm = settings.warmStart && set.data.split.isByTime && !isAfresh
        let date = set.data.split.asOfDate
        var description = ModelStore.Description(
            kind: "two_tower", purpose: purpose.rawValue, asOfDate: date,
            configuration: try json(configuration), dataHash: set.dataHash, seed: settings.seed,
            profileAttributes: settings.profileAttributes,
            parentModelID: mayStartWarm
                ? try store.parent(
                    purpose: purpose.rawValue, asOf: date,
                    profileAttributes: settings.profileAttributes) : nil)
        if let done = try store.finished(description) {
            context.progress("\(purpose) model: trained by an earlier attempt")
            return try TrainingRecord(json: done)
        }
        var record = TrainingRecord(exampleCount: set.positiveCount)
        let start = ContinuousClock.now
        let artefact: ModelArtefact
        do {
            artefact = try train(purpose, on: set, length, description, context, &record)
        } catch let error as ModelError where error.code == .incompatibleModel {
            context.progress("\(purpose) model: starts afresh: \(error.message)")
            record.refusedParent = description.parentModelID
            description.parentModelID = nil
            artefact = try train(purpose, on: set, length, description, context, &record)
        }
        record.seconds = (ContinuousClock.now - start) / .seconds(1)
        description.dimension = artefact.model.dimension
        description.training = try json(record)
        let bytes = artefact.encoded()
        try context.connection.withTransaction {
            try store.clear(description)
            let modelID = try store.save(description, artefact: bytes)
            if purpose == .serving {
                try DriftReferences(context: context, spaceID: modelID).freezeFeatures()
            }
            try CheckpointTable(context: context, purpose: purpose, training: "{}").clear()
        }
        report.rowsIn = (report.rowsIn ?? 0) + record.exampleCount * record.epochLosses.count
        report.rowsOut = (report.rowsOut ?? 0) + 1
        report.details["\(purpose)_loss"] = .number(record.epochLosses.last ?? 0)
        report.details["\(purpose)_examples_per_second"] = .number(record.examplesPerSecond)
        report.details["\(purpose)_data_hash"] = .text(set.dataHash)
        if let batch = record.firstBatch, batch > 1 {
            report.details["\(purpose)_resumed_at_batch"] = .integer(batch)
        }
        return record
    }

    private func train(
        _ purpose: ModelPurpose, on set: TrainingSet, _ length: TrainingLength,
        _ description: ModelStore.Description, _ context: StepContext,
        _ record: inout TrainingRecord
    ) throws -> ModelArtefact {
        let parent = try description.parentModelID.map { try ModelStore(context: context).load($0) }
        let checkpoints =
            try settings.checkpointMinutes > 0
            ? Checkpointing(
                CheckpointTable(
                    context: context, purpose: purpose,
                    training: json(TrainingIdentity(configuration, description, length, context))),
                every: .seconds(settings.checkpointMinutes * 60)) : nil
        var pace = Pace(.seconds(5))
        return try set.train(
            configuration, settings, from: parent, length: length, checkpoints: checkpoints
        ) { progress in
            try context.stop.check()
            record.take(progress)
            if pace.allows() || progress.batch == progress.batchCount {
                context.progress("\(purpose) model: \(progress.line)")
            }
        }
    }

    func json<Value: Encodable>(_ value: Value) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// What training says of itself, recorded with the model.
struct TrainingRecord: Codable {
    var exampleCount = 0
    var epochLosses: [Double] = []
    var examplesPerSecond = 0.0
    var seconds = 0.0
    /// How each source of negatives did.
    var samplers: [SamplerReport]?
    /// The first batch of the last attempt: above 1 where it went on from a checkpoint.
    var firstBatch: Int?
    /// The best measurement on what was held out while training.
    var validation: ValidationScore?
    /// The share of all batches after which it was made.
    var bestShare: Double?
    /// The model that it could not start from, because its towers are others.
    var refusedParent: Int64?

    init(exampleCount: Int) {
        self.exampleCount = exampleCount
    }

    init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(TrainingRecord.self, from: Data(json.utf8))
    }

    mutating func take(_ progress: TrainingProgress) {
        firstBatch = firstBatch ?? progress.batch
        examplesPerSecond = progress.examplesPerSecond
        epochLosses = progress.epochLosses
        samplers = progress.samplers
        validation = progress.best
        bestShare = progress.best.map { Double($0.batch) / Double(progress.batchCount) }
    }
}

/// All that decides what a training learns: what is kept of one serves no other.
private struct TrainingIdentity: Encodable {
    var configuration: TwoTowerConfiguration
    var dataHash: String
    var seed: Int
    var codeVersion: String
    var parentModelID: Int64?
    /// The share of the batches that is trained, where early stopping does not say.
    var share: Double?

    init(
        _ configuration: TwoTowerConfiguration, _ description: ModelStore.Description,
        _ length: TrainingLength, _ context: StepContext
    ) {
        self.configuration = configuration
        dataHash = description.dataHash
        seed = description.seed
        codeVersion = context.codeVersion
        parentModelID = description.parentModelID
        if case .share(let share) = length { self.share = share }
    }
}

extension TrainingProgress {
    /// One line for people.
    var line: String {
        let rate = Int(examplesPerSecond.rounded())
        let left = Int(secondsLeft.rounded(.up))
        let measured = validation.map {
            String(
                format: ", nDCG@%ld %.4f, recall@%ld %.4f", $0.cutoff, $0.ndcg, $0.cutoff, $0.recall
            )
        }
        return "epoch \(epoch)/\(epochCount), loss \(String(format: "%.4f", epochLoss))"
            + "\(measured ?? ""), \(rate) examples/s, \(left) s left"
    }
}
