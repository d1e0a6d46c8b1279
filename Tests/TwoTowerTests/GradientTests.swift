import GradientTestSupport
import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

/// Every gradient against finite differences, layer by layer and for the whole model.
@Suite struct GradientTests {
    private func random(_ count: Int, _ stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 11, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    @Test(
        arguments: [
            TwoTowerConfiguration.Interaction.innerProduct, .cosine,
        ], [true, false])
    func theInteraction(kind: TwoTowerConfiguration.Interaction, hasBias: Bool) {
        var configuration = TwoTowerConfiguration()
        configuration.embeddingDimension = 3
        configuration.interaction = kind
        configuration.usesItemBias = hasBias
        configuration.temperature = 0.5
        let interaction = Interaction(configuration)
        for side in [Interaction.Side.user, .item] {
            let width = side == .item && hasBias ? 4 : 3
            var x = random(2 * width, 4)
            let direction = Matrix(
                rows: 2, columns: interaction.width, elements: random(2 * interaction.width, 5))
            func function() -> Double {
                let embedding = Matrix(rows: 2, columns: interaction.width) { embedding in
                    Matrix(rows: 2, columns: width, elements: x).withView {
                        interaction.forward($0, embedding, side, .best)
                    }
                }
                return zip(embedding.elements, direction.elements).reduce(0) {
                    $0 + Double($1.0) * Double($1.1)
                }
            }
            let gradient = Matrix(rows: 2, columns: width) { gradient in
                Matrix(rows: 2, columns: width, elements: x).withView { x in
                    direction.withView { interaction.backward(x, gradient, $0, side, .best) }
                }
            }
            let worst = FiniteDifferences().worst(
                of: x.indices, gradient: gradient.elements, value: { x[$0] },
                set: { x[$0] = $1 }, function: function)
            #expect(worst < FiniteDifferences.tolerance)
        }
    }

    /// Variants that between them pass through every branch of the model.
    enum Variant: String, CaseIterable, CustomTestStringConvertible {
        case plain, shared, cosine, inBatch, fullCatalogue, withoutResidual, mean, dropout, deep
        case withoutBias, withoutCorrection, transformer, transformerOfDistances
        case attentionPooling, convolution, recurrentUnit
        case labelSmoothing, bpr, gbce, cosineContrastive
        case popular, queue, hard, impressions
        case diversity, embeddingPenalty
        case gated, crosses, gatedCrosses, numbers, contents
        case labelAware, labelAwareCosine, maximum, maximumDiversity

        var testDescription: String { rawValue }

        /// Whether masks are drawn.
        var isMasked: Bool {
            switch self {
            case .dropout, .transformer, .gatedCrosses, .contents, .labelAwareCosine: true
            default: false
            }
        }
        /// Whether items have texts and vectors, and users numbers.
        var hasContent: Bool { self == .numbers || self == .contents }

        var configuration: TwoTowerConfiguration {
            var configuration = Worlds.configuration()
            switch self {
            case .plain: break
            case .shared: configuration.sharesTables = true
            case .cosine:
                configuration.interaction = .cosine
                configuration.temperature = 0.3
            case .inBatch: Sampling.inBatch.set(&configuration)
            case .fullCatalogue: Sampling.fullCatalogue.set(&configuration)
            case .withoutResidual: configuration.usesResidual = false
            case .mean: configuration.historyEncoding = .mean
            case .dropout:
                configuration.inputDropout = 0.3
                configuration.hiddenDropout = 0.3
                configuration.historyDropout = 0.3
                configuration.itemIdDropout = 0.3
            case .deep:
                configuration.userHiddenWidths = [7, 5]
                configuration.itemHiddenWidths = []
            case .withoutBias: configuration.usesItemBias = false
            case .transformer:
                configuration.historyEncoding = .transformer
                configuration.historyDropout = 0.3
                configuration.encoderDropout = 0
            case .attentionPooling: configuration.historyEncoding = .attentionPooling
            case .recurrentUnit: configuration.historyEncoding = .recurrentUnit
            case .convolution:
                configuration.historyEncoding = .convolution
                configuration.encoderDilations = [1, 2]
            case .transformerOfDistances:
                configuration.historyEncoding = .transformer
                configuration.encoderOrder = .distance
                configuration.encoderBlocks = 1
                configuration.encoderHeads = 3
                configuration.encoderHiddenMultiple = 2
            case .withoutCorrection: configuration.usesLogQCorrection = false
            case .labelSmoothing: configuration.labelSmoothing = 0.2
            case .bpr: configuration.loss = .bpr
            case .gbce: configuration.loss = .gbce
            case .cosineContrastive:
                configuration.loss = .cosineContrastive
                configuration.interaction = .cosine
                configuration.usesItemBias = false
                configuration.contrastiveMargin = 0.1
            case .popular: Sampling.popular.set(&configuration)
            case .queue: Sampling.queue.set(&configuration)
            case .hard: Sampling.hard.set(&configuration)
            case .impressions:
                Sampling.inBatch.set(&configuration)
                configuration.impressionNegatives = 2
                configuration.impressionWeight = 4
            case .diversity:
                configuration.creatorConcentrationWeight = 0.7
                configuration.tagConcentrationWeight = 1.1
                configuration.concentrationTemperature = 0.8
                configuration.spreadWeight = 0.9
            case .embeddingPenalty: configuration.embeddingPenalty = 0.3
            case .gated: configuration.usesGate = true
            case .crosses: configuration.crossBuckets = 5
            case .gatedCrosses:
                configuration.usesGate = true
                configuration.crossBuckets = 5
                configuration.interaction = .cosine
                configuration.inputDropout = 0.3
                configuration.hiddenDropout = 0.3
            case .numbers:
                configuration.historyNumbers = [
                    .creatorShare, .eventCount, .daysSinceLastEvent, .eventsOfWeek,
                ]
            case .contents:
                configuration.textBuckets = 11
                configuration.textDimension = 4
                configuration.itemIdDropout = 0.3
            case .labelAware, .labelAwareCosine, .maximum, .maximumDiversity:
                configuration.historyEncoding = .attentionPooling
                configuration.interestCount = 3
                configuration.interestSharpness = 8
                switch self {
                case .labelAware:
                    configuration.usesGate = true
                    configuration.embeddingPenalty = 0.3
                case .labelAwareCosine:
                    configuration.interaction = .cosine
                    configuration.historyDropout = 0.3
                    configuration.hiddenDropout = 0.3
                case .maximum:
                    configuration.interestAttention = .maximum
                    configuration.embeddingPenalty = 0.3
                default:
                    configuration.interestAttention = .maximum
                    configuration.creatorConcentrationWeight = 0.7
                    configuration.loss = .gbce
                }
            }
            return configuration
        }
    }

    /// A kink of a rectifier next to the parameters spoils one draw of them; a wrong gradient is wrong
    /// at all.
    @Test(arguments: Variant.allCases)
    func theWholeModel(variant: Variant) throws {
        var wrong = try parametersWithAnotherGradient(variant, seed: 5)
        for seed in UInt64(6)...7 where !wrong.isEmpty {
            wrong.formIntersection(try parametersWithAnotherGradient(variant, seed: seed))
        }
        #expect(wrong.isEmpty)
    }

    /// The names of the parameters whose gradient is not that of finite differences.
    ///
    /// - Parameter seed: Of what is drawn: biases, negatives, masks.
    private func parametersWithAnotherGradient(
        _ variant: Variant, seed: UInt64
    ) throws -> Set<String> {
        let training = try Training(
            try Worlds.mixed(hasContent: variant.hasContent), variant.configuration, seed: 3,
            threadCount: 1)
        let step = training.step
        let group = training.examples.groups[1]
        let task = TrainingStep.Task(
            group: group,
            // A small batch, so that the queue has items that it has not.
            examples: Array(group.examples.prefix([.queue, .hard].contains(variant) ? 6 : 64)),
            step: 2, dropoutSeed: variant.isMasked ? seed : nil)
        var generator = SeededGenerator(seed: seed)
        // Biases start at 0, where a rectifier that nothing reaches has its kink.
        for index in 0..<step.architecture.denseCount {
            step.parameters.dense[index] += 0.1 * generator.gaussian()
        }
        if [.queue, .hard].contains(variant) {
            let task = TrainingStep.Task(
                group: group, examples: Array(group.examples.dropFirst(task.examples.count)),
                step: 1, dropoutSeed: nil)
            _ = step.gradients(task, using: &generator)
            step.remember(task)
        }
        step.drawCandidates(task, using: &generator)
        _ = step.gradientsOfDrawnCandidates(task)
        #expect(isTested(variant, by: step))

        let dense = Collected(count: step.architecture.denseCount)
        step.updater.sumDense()
        step.updater.forEachDensePart { range, gradient in
            for index in range { dense[index] = gradient[index] }
        }
        let tables = step.architecture.tables.map { Collected(count: $0.rows * $0.width) }
        let widths = step.architecture.tables.map(\.width)
        step.updater.reduceTables { table, block in
            for (index, row) in block.rows.enumerated() {
                for column in 0..<widths[table] {
                    tables[table][Int(row) * widths[table] + column] =
                        block.gradients.row(index)[column]
                }
            }
        }

        let differences = FiniteDifferences(steps: [2e-3, 5e-4], floor: 1e-2)
        var wrong: Set<String> = []
        func check(_ name: String, _ collected: Collected, _ base: UnsafeMutablePointer<Float>) {
            #expect(collected.values.contains { $0 != 0 }, "\(name) has no gradient at all")
            let worst = differences.worst(
                of: stride(from: 0, to: collected.values.count, by: 3),
                gradient: collected.values, value: { base[$0] }, set: { base[$0] = $1 },
                function: { step.gradientsOfDrawnCandidates(task) })
            if worst >= FiniteDifferences.tolerance { wrong.insert(name) }
        }
        check("dense", dense, step.parameters.dense)
        for (index, shape) in step.architecture.tables.enumerated() {
            check(
                shape.name, tables[index],
                step.parameters.tables[index].base.assumingMemoryBound(to: Float.self))
        }
        return wrong
    }

    /// Whether the candidates drawn are such that a variant is tested at all.
    private func isTested(_ variant: Variant, by step: TrainingStep) -> Bool {
        let candidates = step.candidates
        return switch variant {
        case .queue: !candidates.queueSlots.isEmpty
        case .hard: step.userLanes.contains { $0.tally.draws[candidates.queueBit] > 0 }
        case .impressions: !candidates.ownCandidates.isEmpty
        case .maximum, .maximumDiversity: everyInterestIsChosen(by: step)
        default: candidates.items.count > 1
        }
    }

    /// Whether the gradient of some score goes to each of three interests.
    private func everyInterestIsChosen(by step: TrainingStep) -> Bool {
        let columns = step.candidates.items.count
        let rows = 0..<step.candidates.positives.count
        return (0..<3).allSatisfy { interest in
            rows.contains { row in
                let start = (row * 3 + interest) * columns
                return (start..<start + columns).contains { step.logits.base[$0] != 0 }
            }
        }
    }

    /// Users slab by slab give what all users at once give.
    @Test(arguments: [Variant.plain, .labelAware, .maximum])
    func slabsOfLogitsAddUp(variant: Variant) throws {
        func gradients(logitLimit: Int) throws -> (Double, [Float]) {
            let (dataset, _) = try Worlds.checkerboard(users: 1_500)
            var configuration = variant.configuration
            configuration.batchSize = 1 << 20
            let training = try Training(dataset, configuration, seed: 3, threadCount: 2)
            training.step.logitLimit = logitLimit
            let group = training.examples.groups[0]
            var generator = SeededGenerator(seed: 5)
            let loss = training.step.gradients(
                TrainingStep.Task(group: group, examples: group.examples, step: 1, dropoutSeed: 7),
                using: &generator)
            let dense = Collected(count: training.step.architecture.denseCount)
            training.step.updater.sumDense()
            training.step.updater.forEachDensePart { range, gradient in
                for index in range { dense[index] = gradient[index] }
            }
            return (loss, dense.values)
        }
        let whole = try gradients(logitLimit: .max)
        let cut = try gradients(logitLimit: 1)
        #expect(abs(whole.0 - cut.0) < 1e-6 * whole.0)
        let largest = whole.1.map(abs).max()!
        for (a, b) in zip(whole.1, cut.1) { #expect(abs(a - b) < 1e-5 * largest) }
    }

    /// Gradients that a reduction hands out, put together.
    // Sendable because the step runs on one thread here.
    private final class Collected: @unchecked Sendable {
        var values: [Float]

        init(count: Int) {
            values = [Float](repeating: 0, count: count)
        }

        subscript(index: Int) -> Float {
            get { values[index] }
            set { values[index] = newValue }
        }
    }
}
