import Foundation
import LinearAlgebra

/// How far a training is.
public struct TrainingProgress: Sendable {
    /// The epoch at work, from 1.
    public let epoch: Int
    /// Epochs in all.
    public let epochCount: Int
    /// Batches done, over all epochs.
    public let batch: Int
    /// Batches in all, over all epochs.
    public let batchCount: Int
    /// Mean loss of the last batch, in nats.
    public let batchLoss: Double
    /// Mean loss over the batches of this epoch so far, in nats.
    public let epochLoss: Double
    /// Examples trained a second, since the start.
    public let examplesPerSecond: Double
    /// Seconds left at that rate.
    public let secondsLeft: Double
    /// How each source of negatives did so far.
    public let samplers: [SamplerReport]
}

/// Trains the two towers.
///
/// ```swift
/// let model = try TwoTowerTrainer.train(
///     dataset, configuration: TwoTowerConfiguration(), seed: 1, threadCount: 2
/// ) { progress in
///     if stopping { throw CancellationError() }
/// }
/// ```
public enum TwoTowerTrainer {
    /// Returns the model after all epochs.
    ///
    /// The same dataset, configuration and seed give the same weights, bit for bit, at any thread
    /// count on one machine; another processor may round differently.
    ///
    /// - Parameters:
    ///   - progress: Called after every batch; what it throws stops the training at once and
    ///     reaches the caller.
    /// - Throws: `TwoTowerError` for a configuration or dataset that cannot be trained on, and
    ///   when the loss diverges.
    public static func train(
        _ dataset: TwoTowerDataset, configuration: TwoTowerConfiguration, seed: UInt64,
        threadCount: Int, progress: (TrainingProgress) throws -> Void = { _ in }
    ) throws -> TwoTowerModel {
        let training = try Training(dataset, configuration, seed: seed, threadCount: threadCount)
        let batchesPerEpoch = training.examples.batchCount(batchSize: configuration.batchSize)
        let batchCount = configuration.epochs * batchesPerEpoch
        let clock = ContinuousClock()
        let start = clock.now
        var (step, done) = (0, 0)
        for epoch in 1...configuration.epochs {
            var epochLoss = 0.0
            for (index, batch) in training.batches(epoch: epoch).enumerated() {
                step += 1
                let share = rateShare(configuration, step: step, stepCount: batchCount)
                let loss = try training.train(batch, step: step, rateShare: share)
                epochLoss += loss
                done += batch.examples.count
                let seconds = max((clock.now - start) / .seconds(1), 1e-9)
                let total = training.examples.count * configuration.epochs
                try progress(
                    TrainingProgress(
                        epoch: epoch, epochCount: configuration.epochs, batch: step,
                        batchCount: batchCount, batchLoss: loss,
                        epochLoss: epochLoss / Double(index + 1),
                        examplesPerSecond: Double(done) / seconds,
                        secondsLeft: seconds * Double(total - done) / Double(done),
                        samplers: training.step.samplers))
            }
        }
        return training.model()
    }

    /// The share of the learning rates at a step, counted from 1: up over the warm-up, then down
    /// to the final share.
    static func rateShare(
        _ configuration: TwoTowerConfiguration, step: Int, stepCount: Int
    ) -> Float {
        let warmUp = min(configuration.warmUpBatches, stepCount / 2)
        if step <= warmUp { return Float(step) / Float(warmUp + 1) }
        let along = Float(step - warmUp) / Float(max(stepCount - warmUp, 1))
        return 1 - (1 - configuration.finalLearningRateShare) * along
    }
}

/// A training under way: examples, the step, random numbers.
final class Training {
    let architecture: Architecture
    let examples: Examples
    let step: TrainingStep
    private let seed: UInt64
    private let standardisation: InputStandardisation

    init(
        _ dataset: TwoTowerDataset, _ configuration: TwoTowerConfiguration, seed: UInt64,
        threadCount: Int
    ) throws(TwoTowerError) {
        try configuration.validate()
        try configuration.validate(for: dataset)
        precondition(threadCount > 0, "thread count \(threadCount) is not positive")
        examples = try Examples(dataset, configuration)
        let runLimit = examples.runLimit(batchSize: configuration.batchSize)
        let features = dataset.numericFeatures
        architecture = Architecture(configuration, ModelSizes(dataset))
        standardisation = InputStandardisation(dataset, examples, configuration)
        self.seed = seed
        step = TrainingStep(
            TowerInputs(
                architecture: architecture, catalogue: dataset.catalogue,
                sequences: dataset.sequences, profiles: dataset.profiles,
                standardisation: standardisation,
                texts: architecture.textBags(dataset.catalogue, threadCount: threadCount),
                contents: dataset.catalogue.contents),
            Parameters(architecture, seed: seed), numericFeatures: features,
            Objective(configuration, dataset.catalogue),
            NegativeSources(
                configuration, dataset, shares: examples.shares,
                batchLimit: configuration.batchSize + runLimit - 1),
            runLimit: runLimit, threadCount: threadCount)
    }

    func batches(epoch: Int) -> [Batch] {
        var generator = SeededGenerator(seed: seed, stream: 1 << 20 + UInt64(epoch))
        return examples.batches(
            batchSize: architecture.configuration.batchSize, using: &generator)
    }

    /// Trains one batch and returns its mean loss.
    func train(_ batch: Batch, step index: Int, rateShare: Float) throws(TwoTowerError) -> Double {
        var generator = SeededGenerator(seed: seed, stream: 1 << 40 + UInt64(index))
        let task = TrainingStep.Task(
            group: examples.groups[batch.groupIndex], examples: batch.examples, step: index,
            dropoutSeed: generator.next())
        let loss = step.gradients(task, using: &generator)
        guard loss.isFinite && loss <= architecture.configuration.lossLimit else {
            throw step.divergence(loss: loss, batch: index)
        }
        step.update(step: index, rateShare: rateShare)
        step.remember(task)
        return loss
    }

    func model() -> TwoTowerModel {
        TwoTowerModel(
            architecture: architecture, parameters: step.snapshot(),
            standardisation: standardisation, seed: seed)
    }
}
