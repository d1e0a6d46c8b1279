import Foundation
import LinearAlgebra
import NeuralNetwork

/// How far a training is.
public struct TrainingProgress: Sendable {
    /// The epoch at work, from 1.
    public let epoch: Int
    /// Epochs in all.
    public let epochCount: Int
    /// Batches done, over all epochs.
    public let batch: Int
    /// Batches in all, over all epochs; fewer are done when the training stops early.
    public let batchCount: Int
    /// Mean loss of the last batch, in nats.
    public let batchLoss: Double
    /// Mean loss over the batches of each epoch, in nats; of the epoch at work, those so far.
    public let epochLosses: [Double]
    /// Examples trained a second, since the start or since the checkpoint that it went on from.
    public let examplesPerSecond: Double
    /// Seconds left at that rate, measurements and checkpoints included, if nothing stops early.
    public let secondsLeft: Double
    /// The newest measurement on what is held out, where something is.
    public let validation: ValidationScore?
    /// The best measurement so far: that of the parameters that will be kept.
    public let best: ValidationScore?
    /// The batch of the newest checkpoint, where there is one.
    public let checkpointBatch: Int?
    /// How each source of negatives did so far.
    public let samplers: [SamplerReport]

    /// Mean loss over the batches of this epoch so far, in nats.
    public var epochLoss: Double { epochLosses[epoch - 1] }
}

/// How long a training lasts.
public typealias TrainingLength = NeuralNetwork.TrainingLength

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
    /// Returns the model after all epochs; with something held out (`validationShare`), the best
    /// of those that were measured.
    ///
    /// The same dataset, configuration, seed, start and length give the same weights, bit for bit,
    /// at any thread count and however often the training was interrupted, on one machine; another
    /// processor may round differently.
    ///
    /// - Parameters:
    ///   - start: A model to start from; nil for random parameters.
    ///   - length: How long the training lasts.
    ///   - checkpoints: Where the training is saved from time to time. If a checkpoint of this
    ///     training is there, it goes on from it.
    ///   - progress: Called after every batch, and once where a checkpoint leaves nothing to train;
    ///     what it throws stops the training at once and reaches the caller.
    /// - Throws: `ModelError` for a configuration or dataset that cannot be trained on, a start
    ///   or checkpoint that does not fit, and when the loss diverges.
    public static func train(
        _ dataset: TwoTowerDataset, configuration: TwoTowerConfiguration, seed: UInt64,
        threadCount: Int, from start: WarmStart? = nil, length: TrainingLength = .configured,
        checkpoints: Checkpointing? = nil,
        progress: (TrainingProgress) throws -> Void = { _ in }
    ) throws -> TwoTowerModel {
        let run = try TrainingRun(
            dataset, configuration, seed: seed, threadCount: threadCount, start: start,
            length: length)
        return try run.finish(checkpoints, progress)
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
        threadCount: Int, start: WarmStart? = nil
    ) throws(ModelError) {
        try configuration.validate()
        try configuration.validate(for: dataset)
        precondition(threadCount > 0, "thread count \(threadCount) is not positive")
        examples = try Examples(dataset, configuration)
        let runLimit = examples.runLimit(batchSize: configuration.batchSize)
        let features = dataset.numericFeatures
        architecture = Architecture(configuration, ModelSizes(dataset))
        // The layers of an old model expect numbers on its scale.
        standardisation =
            start?.model.standardisation
            ?? InputStandardisation(dataset, examples, configuration)
        self.seed = seed
        step = TrainingStep(
            TowerInputs(
                architecture: architecture, catalogue: dataset.catalogue,
                sequences: dataset.sequences, profiles: dataset.profiles,
                standardisation: standardisation,
                texts: architecture.textBags(dataset.catalogue, threadCount: threadCount),
                contents: dataset.catalogue.contents),
            try start?.parameters(for: architecture) ?? Parameters(architecture, seed: seed),
            numericFeatures: features, Objective(configuration, dataset.catalogue),
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
    func train(_ batch: Batch, step index: Int, rateShare: Float) throws(ModelError) -> Double {
        var generator = SeededGenerator(seed: seed, stream: 1 << 40 + UInt64(index))
        let task = TrainingStep.Task(
            group: examples.groups[batch.groupIndex], examples: batch.examples, step: index,
            dropoutSeed: generator.next())
        let loss = step.gradients(task, using: &generator)
        guard loss.isFinite && loss <= architecture.configuration.lossLimit else {
            let problem = loss.isFinite ? "grew beyond the limit" : "is not finite"
            throw step.divergence("loss \(problem) at batch \(index)")
        }
        step.update(step: index, rateShare: rateShare)
        step.remember(task)
        return loss
    }

    /// The model of some parameters.
    func model(_ parameters: Parameters) -> TwoTowerModel {
        TwoTowerModel(
            architecture: architecture, parameters: parameters,
            standardisation: standardisation, seed: seed)
    }
}
