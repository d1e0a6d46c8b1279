import Foundation
import LinearAlgebra
import NeuralNetwork

/// The loop of a training: batch after batch, measured, saved and stopped in time.
final class TrainingRun {
    private let training: Training
    private let validation: Validation?
    private let identity: Identity
    private let batchesPerEpoch: Int
    private let schedule: LearningRateSchedule
    private var position: Position
    /// The best model that was measured, while something is held out.
    private var best: TwoTowerModel?

    private var configuration: TwoTowerConfiguration { training.architecture.configuration }

    /// What makes two trainings the same: a checkpoint of one continues the other.
    struct Identity: Codable, Equatable {
        var configuration: TwoTowerConfiguration
        var sizes: ModelSizes
        var seed: UInt64
        var length: TrainingLength
        /// Of the dataset and of the parameters at the start.
        var checksum: UInt32
    }

    /// How far the loop is; everything random follows from the seed and the number of the batch.
    struct Position: Codable, Equatable {
        /// Batches done.
        var batch = 0
        /// Mean loss of the last of them.
        var batchLoss = 0.0
        /// Sums of the losses of the batches of each epoch so far.
        var lossSums: [Double] = []
        var stopping: EarlyStopping<ValidationScore>
    }

    init(
        _ dataset: TwoTowerDataset, _ configuration: TwoTowerConfiguration, seed: UInt64,
        threadCount: Int, start: WarmStart?, length: TrainingLength
    ) throws(ModelError) {
        try configuration.validate()
        if case .share(let share) = length {
            precondition(share >= 0 && share <= 1, "share \(share) of a training")
        }
        if configuration.validationShare > 0 && length == .configured {
            let split = try ValidationSplit(
                dataset, share: configuration.validationShare,
                userLimit: configuration.validationUsers, seed: seed)
            validation = Validation(
                split, cutoff: configuration.validationCutoff, threadCount: threadCount)
            training = try Training(
                split.training, configuration, seed: seed, threadCount: threadCount, start: start)
        } else {
            validation = nil
            training = try Training(
                dataset, configuration, seed: seed, threadCount: threadCount, start: start)
        }
        batchesPerEpoch = training.examples.batchCount(batchSize: configuration.batchSize)
        schedule = configuration.schedule(
            stepCount: configuration.epochs * batchesPerEpoch)
        position = Position(
            stopping: EarlyStopping(patience: configuration.validationPatience))
        identity = Identity(
            configuration: configuration, sizes: training.architecture.sizes, seed: seed,
            length: length, checksum: training.checksum(dataset))
    }

    /// Batches of all epochs.
    private var batchCount: Int { schedule.stepCount }

    /// The batch after which the training ends, if it does not stop before.
    private var lastBatch: Int {
        guard case .share(let share) = identity.length else { return batchCount }
        return max(1, Int((share * Double(batchCount)).rounded()))
    }

    /// Whether nothing is left to train.
    private var isDone: Bool { position.batch >= lastBatch || position.stopping.isExhausted }

    /// Mean loss over the batches of each epoch; of the epoch at work, those so far.
    private var epochLosses: [Double] {
        position.lossSums.enumerated().map { epoch, sum in
            sum / Double(min(batchesPerEpoch, position.batch - epoch * batchesPerEpoch))
        }
    }

    /// Goes on to the end, from the checkpoint where there is one.
    func finish(
        _ checkpoints: Checkpointing?, _ progress: (TrainingProgress) throws -> Void
    ) throws -> TwoTowerModel {
        var saved: Int?
        let clock = ContinuousClock()
        let start = clock.now
        if let store = checkpoints?.store, try restore(store) { saved = position.batch }
        var lastSave = start
        let first = position.batch
        var done = 0
        func report() throws {
            let seconds = max((clock.now - start) / .seconds(1), 1e-9)
            let batchesLeft = isDone ? 0 : Double(lastBatch - position.batch)
            try progress(
                TrainingProgress(
                    epoch: position.lossSums.count, epochCount: configuration.epochs,
                    batch: position.batch, batchCount: batchCount, batchLoss: position.batchLoss,
                    epochLosses: epochLosses, examplesPerSecond: Double(done) / seconds,
                    secondsLeft: seconds * batchesLeft / Double(max(position.batch - first, 1)),
                    validation: position.stopping.newest, best: position.stopping.best,
                    checkpointBatch: saved, samplers: training.step.samplers))
        }
        // Whoever was told how the training went may be dead by now.
        if isDone { try report() }
        while !isDone {
            let epoch = position.batch / batchesPerEpoch
            let batches = training.batches(epoch: epoch + 1)
            for index in position.batch % batchesPerEpoch..<batchesPerEpoch {
                let batch = batches[index]
                let loss = try naming(saved) { try train(batch) }
                if index == 0 { position.lossSums.append(0) }
                position.lossSums[epoch] += loss
                position.batchLoss = loss
                position.batch += 1
                done += batch.examples.count
                try measure()
                if let checkpoints, clock.now - lastSave >= checkpoints.interval {
                    try naming(saved) { try save(checkpoints.store) }
                    (saved, lastSave) = (position.batch, clock.now)
                }
                try report()
                if isDone { break }
            }
        }
        if let best { return best }
        try naming(saved) { try requireFinite() }
        return training.model(training.step.snapshot(copying: false))
    }

    /// The loss of a batch tells of the parameters before its update alone.
    private func requireFinite() throws(ModelError) {
        guard training.step.isFinite else {
            throw training.step.divergence(
                "parameters are not finite after batch \(position.batch)")
        }
    }

    private func train(_ batch: Batch) throws -> Double {
        let number = position.batch + 1
        return try training.train(batch, step: number, rateShare: schedule.share(step: number))
    }

    /// Says in the error of a divergence which checkpoint is left.
    private func naming<Result>(_ saved: Int?, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ModelError where error.code == .diverged {
            guard let saved else { throw error }
            throw ModelError(
                .diverged, "\(error.message); the checkpoint of batch \(saved) is kept",
                hint: error.hint)
        }
    }

    /// Measures the model when it is time, and keeps it when it is the best.
    private func measure() throws {
        guard let validation else { return }
        let interval =
            configuration.validationInterval > 0
            ? configuration.validationInterval : batchesPerEpoch
        guard position.batch % interval == 0 || position.batch == batchCount else { return }
        let model = training.model(training.step.snapshot())
        if position.stopping.take(try validation.score(model, batch: position.batch)) {
            best = model
        }
    }
}

// MARK: - Checkpoints

extension TrainingRun {
    private struct Header: Codable {
        var identity: Identity
        var position: Position
        var hasBest: Bool
        var queue: NegativeQueue.Position?
        var tally: SamplerTally
    }

    private func save(_ store: any CheckpointStore) throws {
        try requireFinite()
        try store.save { emit in
            try withoutActuallyEscaping(emit) { emit in
                var writer = try CheckpointWriter(
                    header: Header(
                        identity: identity, position: position, hasBest: best != nil,
                        queue: training.step.sources.queue?.position, tally: training.step.tally),
                    emit: emit)
                for block in training.step.updater.state {
                    try writer.append(UnsafeRawBufferPointer(block))
                }
                if let best {
                    try best.parameters.dense.withUnsafeBytes { try writer.append($0) }
                    for table in best.parameters.tables {
                        try writer.append(UnsafeRawBufferPointer(table.bytes))
                    }
                }
                try training.step.sources.queue?.write(to: &writer)
                try writer.finish()
            }
        }
    }

    /// Takes up the checkpoint of a store; false when there is none.
    private func restore(_ store: any CheckpointStore) throws -> Bool {
        guard var reader = try CheckpointReader(store) else { return false }
        let header = try reader.header(as: Header.self)
        guard header.identity == identity else {
            throw ModelError(
                .invalidData, "checkpoint is of another training",
                hint: "Train with the data, settings and seed that it was made with, or remove it.")
        }
        for block in training.step.updater.state { try reader.read(into: block) }
        if header.hasBest {
            let dense = try reader.floats(training.architecture.denseCount)
            let tables = training.step.updater.tables.map { $0.copy() }
            for table in tables { try reader.read(into: table.bytes) }
            best = training.model(Parameters(dense: dense, tables: tables))
        }
        if let queue = header.queue {
            try training.step.sources.queue?.read(queue, from: &reader)
        }
        try reader.finish()
        training.step.tally = header.tally
        position = header.position
        return true
    }
}
