import LinearAlgebra
import NeuralNetwork

/// How well a ranker in training predicts the days that are held out.
public struct RankerMeasurement: Codable, Sendable, Equatable {
    /// Epochs trained before.
    public let epoch: Int
    /// The sum over tasks of weight × loss relative to that of the base rate, which early stopping goes
    /// by: 1 for each task of weight 1 is no better than base rates.
    public let loss: Double
}

extension RankerMeasurement: ValidationMeasurement {
    package var quality: Double { -loss }
}

/// How far the training of a ranker is.
public struct RankerProgress: Sendable {
    /// The epoch at work, from 1.
    public let epoch: Int
    /// Epochs in all; fewer are done when the training stops early.
    public let epochCount: Int
    /// Batches done of this epoch.
    public let batch: Int
    /// Batches of this epoch.
    public let batchCount: Int
    /// The loss of the last batch, in the measure of `RankerMeasurement.loss`.
    public let batchLoss: Double
    /// The mean loss over the batches of this epoch so far.
    public let epochLoss: Double
    /// Examples trained a second since the start.
    public let examplesPerSecond: Double
    /// The newest measurement on what is held out, where something is.
    public let validation: RankerMeasurement?
    /// The best measurement so far: that of the parameters that will be kept.
    public let best: RankerMeasurement?
}

/// Trains a ranker.
///
/// ```swift
/// let ranker = try RankerTrainer.train(
///     dataset, configuration: RankerConfiguration(), seed: 1, threadCount: 2)
/// let scores = try ranker.scores(of: inputs, threadCount: 2)
/// ```
public enum RankerTrainer {
    /// Returns the ranker after all epochs; with days held out (`validationDays`), the best of those
    /// that were measured after each epoch.
    ///
    /// The same dataset, configuration and seed give the same weights, bit for bit, at any thread
    /// count on one machine; another processor may round differently.
    ///
    /// - Parameters:
    ///   - length: How long the training lasts. A share holds no days out, and ends after that share of
    ///     the epochs, rounded, and one at least.
    ///   - progress: Called after every batch; what it throws stops the training at once and reaches
    ///     the caller.
    /// - Throws: `ModelError` for a configuration or dataset that cannot be trained on, and when the
    ///   loss diverges.
    public static func train(
        _ dataset: RankerDataset, configuration: RankerConfiguration, seed: UInt64,
        threadCount: Int, length: TrainingLength = .configured,
        progress: (RankerProgress) throws -> Void = { _ in }
    ) throws -> Ranker {
        var training = try RankerTraining(
            dataset, configuration, seed: seed, threadCount: threadCount, length: length)
        return try training.finish(progress)
    }
}

/// A training under way.
struct RankerTraining {
    let step: RankerStep
    let split: RankerSplit
    private let dataset: RankerDataset
    private let configuration: RankerConfiguration
    private let seed: UInt64
    private let threadCount: Int
    private let epochCount: Int
    private var stopping: EarlyStopping<RankerMeasurement>
    private var best: Ranker?

    init(
        _ dataset: RankerDataset, _ configuration: RankerConfiguration, seed: UInt64,
        threadCount: Int, length: TrainingLength = .configured
    ) throws(ModelError) {
        try configuration.validate()
        precondition(threadCount > 0, "thread count \(threadCount) is not positive")
        self.dataset = dataset
        self.configuration = configuration
        self.seed = seed
        self.threadCount = threadCount
        switch length {
        case .configured:
            epochCount = configuration.epochs
            split = try RankerSplit(dataset, validationDays: configuration.validationDays)
        case .share(let share):
            precondition(share >= 0 && share <= 1, "share \(share) of a training")
            epochCount = max(1, Int((share * Double(configuration.epochs)).rounded()))
            split = try RankerSplit(dataset, validationDays: 0)
        }
        stopping = EarlyStopping(patience: configuration.validationPatience)
        let architecture = RankerArchitecture(configuration, dataset.schema)
        let rows = split.trainingRows(dataset)
        let taskCount = dataset.schema.tasks.count
        let labels = dataset.labels.elements
        let scales = dataset.schema.tasks.enumerated().map { index, task in
            TaskScale(task, labels: rows.lazy.map { labels[$0 * taskCount + index] })
        }
        func measure(_ numbers: Matrix, _ rows: some Sequence<Int>) -> Standardisation {
            Standardisation(
                of: rows.flatMap {
                    numbers.elements[$0 * numbers.columns..<($0 + 1) * numbers.columns]
                }[...],
                columns: numbers.columns)
        }
        step = RankerStep(
            dataset, architecture,
            RankerParameters(architecture, baseLogits: scales.map(\.baseLogit), seed: seed),
            RankerLoss(tasks: dataset.schema.tasks, scales: scales),
            RankerStandardisation(
                context: measure(
                    dataset.inputs.contexts.numbers, split.training.lazy.map { Int($0) }),
                candidate: measure(dataset.inputs.candidates.numbers, rows)),
            threadCount: threadCount)
    }

    mutating func finish(_ progress: (RankerProgress) throws -> Void) throws -> Ranker {
        let clock = ContinuousClock()
        let start = clock.now
        var (done, number) = (0, 0)
        // Batches of an epoch differ where negatives are drawn; the schedule needs about how many.
        var schedule: LearningRateSchedule?
        for epoch in 1...epochCount {
            var generator = SeededGenerator(seed: seed, stream: 1 << 20 + UInt64(epoch))
            let examples = split.epoch(
                dataset, negativeShare: configuration.negativeShare, using: &generator)
            let size = configuration.batchSize
            let batchCount = (examples.count + size - 1) / size
            schedule =
                schedule
                ?? LearningRateSchedule(
                    shape: configuration.learningRateSchedule,
                    warmUp: configuration.warmUpBatches,
                    stepCount: configuration.epochs * batchCount,
                    finalShare: configuration.finalLearningRateShare)
            var sum = 0.0
            for batch in 0..<batchCount {
                let range = batch * size..<min((batch + 1) * size, examples.count)
                number += 1
                let loss = try train(
                    examples, range, step: number,
                    rateShare: schedule!.share(step: min(number, schedule!.stepCount)))
                sum += loss
                done += range.count
                if batch == batchCount - 1 { try measure(epoch: epoch) }
                try progress(
                    RankerProgress(
                        epoch: epoch, epochCount: epochCount, batch: batch + 1,
                        batchCount: batchCount, batchLoss: loss,
                        epochLoss: sum / Double(batch + 1),
                        examplesPerSecond: Double(done)
                            / max((clock.now - start) / .seconds(1), 1e-9),
                        validation: stopping.newest, best: stopping.best))
            }
            if stopping.isExhausted { break }
        }
        if let best { return best }
        guard step.isFinite else {
            throw step.divergence("parameters are not finite after batch \(number)")
        }
        return ranker(step.snapshot(copying: false))
    }

    /// Trains one batch and returns its mean loss.
    func train(
        _ examples: RankerExamples, _ range: Range<Int>, step index: Int, rateShare: Float
    ) throws(ModelError) -> Double {
        let batch = RankerExamples(
            rows: Array(examples.rows[range]), contexts: Array(examples.contexts[range]),
            weights: Array(examples.weights[range]))
        var generator = SeededGenerator(seed: seed, stream: 1 << 40 + UInt64(index))
        let loss = step.gradients(batch, dropoutSeed: generator.next())
        guard loss.isFinite else {
            throw step.divergence("loss is not finite at batch \(index)")
        }
        step.updater.update(
            step: index,
            .init(
                dense: configuration.denseLearningRate * rateShare,
                tables: configuration.tableLearningRate * rateShare,
                normLimit: configuration.gradientNormLimit))
        return loss
    }

    /// Measures the model, and keeps it when it is the best.
    private mutating func measure(epoch: Int) throws(ModelError) {
        guard split.validation.count > 0 else { return }
        let ranker = ranker(step.snapshot(copying: true))
        let logits = ranker.logits(dataset.inputs, split.validation, threadCount: threadCount)
        var losses = [(sum: Double, count: Double)](
            repeating: (0, 0), count: dataset.schema.tasks.count)
        for (index, row) in split.validation.rows.enumerated() {
            for task in losses.indices {
                let label = dataset.labels[Int(row), task]
                guard let term = step.loss.term(task, logits[index, task], label) else { continue }
                losses[task].sum += term.loss * Double(step.loss.scales[task].lossScale)
                losses[task].count += 1
            }
        }
        let loss = losses.reduce(0) { $0 + $1.sum / max($1.count, 1) }
        guard loss.isFinite else {
            throw step.divergence("loss on the held-out days is not finite after epoch \(epoch)")
        }
        if stopping.take(RankerMeasurement(epoch: epoch, loss: loss)) { best = ranker }
    }

    private func ranker(_ parameters: RankerParameters) -> Ranker {
        Ranker(
            architecture: step.architecture, parameters: parameters, loss: step.loss,
            standardisation: step.standardisation, seed: seed)
    }
}
