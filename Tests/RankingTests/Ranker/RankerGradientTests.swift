import GradientTestSupport
import LinearAlgebra
import Synchronization
import Testing

@testable import NeuralNetwork
@testable import Ranking

/// The gradient of every layer and table against finite differences of the loss.
@Suite struct RankerGradientTests {
    /// Variants that between them pass through every branch of the model.
    enum Variant: String, CaseIterable, CustomTestStringConvertible {
        case plain, withoutAttention, withoutContent, withoutEmbeddings, withoutCrosses
        case oneCross, threeCrosses, oneExpert, dropout

        var testDescription: String { rawValue }

        var configuration: RankerConfiguration {
            var configuration = RankerWorlds.configuration
            switch self {
            case .plain, .withoutEmbeddings: break
            case .withoutAttention: configuration.attentionHeads = 0
            case .withoutContent: configuration.contentDimension = 0
            case .withoutCrosses: configuration.crossLayers = 0
            case .oneCross: configuration.crossLayers = 1
            case .threeCrosses: configuration.crossLayers = 3
            case .oneExpert: configuration.expertCount = 1
            case .dropout: configuration.hiddenDropout = 0.4
            }
            return configuration
        }
    }

    /// A kink of a rectifier next to the parameters spoils one draw of one of them; a wrong gradient is
    /// wrong at all.
    @Test(arguments: Variant.allCases)
    func everyPartHasItsGradient(variant: Variant) throws {
        var wrong = try valuesWithAnotherGradient(variant, seed: 5)
        for seed in UInt64(6)...7 where !wrong.isEmpty {
            wrong.formIntersection(try valuesWithAnotherGradient(variant, seed: seed))
        }
        #expect(wrong.isEmpty)
    }

    /// The parts and places whose gradient is not that of finite differences.
    private func valuesWithAnotherGradient(
        _ variant: Variant, seed: UInt64
    ) throws -> Set<String> {
        let dataset = try RankerWorlds.mixed(hasEmbeddings: variant != .withoutEmbeddings)
        let training = try RankerTraining(
            dataset, variant.configuration, seed: 3, threadCount: 1)
        let (step, architecture) = (training.step, training.step.architecture)
        var generator = SeededGenerator(seed: seed)
        // Away from 0, where much of a new model has no gradient.
        for index in 0..<architecture.denseCount {
            step.updater.parameters.dense[index] += 0.3 * generator.gaussian()
        }
        for (table, shape) in zip(step.updater.tables, architecture.tables) {
            for row in 0..<shape.rows {
                table.view.update(row, seed: 0) { values in
                    for column in 0..<shape.width { values[column] += generator.gaussian() }
                }
            }
        }
        var batch = training.split.epoch(dataset, negativeShare: 1, using: &generator)
        for index in 0..<batch.count { batch.weights[index] = 0.5 + generator.uniform() }
        let dropoutSeed = variant == .dropout ? seed : nil
        func loss() -> Double { step.gradients(batch, dropoutSeed: dropoutSeed) }

        _ = loss()
        step.updater.sumDense()
        let dense = Collected(count: architecture.denseCount)
        step.updater.forEachDensePart { range, gradient in
            for index in range { dense[index] = gradient[index] }
        }
        let tables = architecture.tables.map { Collected(count: $0.rows * $0.width) }
        step.updater.reduceTables { table, block in
            let width = block.gradients.columns
            for (index, row) in block.rows.enumerated() {
                for column in 0..<width {
                    tables[table][Int(row) * width + column] = block.gradients.row(index)[column]
                }
            }
        }
        var wrong: Set<String> = []
        func check(
            _ name: String, _ gradient: [Float], _ base: UnsafeMutablePointer<Float>
        ) {
            if gradient.allSatisfy({ $0 == 0 }) { wrong.insert("\(name) has none") }
            for index in gradient.indices {
                let difference = FiniteDifferences(steps: [1e-2, 2e-3]).worst(
                    of: CollectionOfOne(index), gradient: gradient, value: { base[$0] },
                    set: { base[$0] = $1 }, function: loss)
                if difference >= FiniteDifferences.tolerance { wrong.insert("\(name) \(index)") }
            }
        }
        for (name, range) in architecture.parts {
            // One expert always has all of the weight.
            if name == "gates" && variant == .oneExpert { continue }
            check(
                name, range.map { dense[$0] }, step.updater.parameters.dense + range.lowerBound)
        }
        for (index, name) in architecture.tableNames.enumerated() {
            check(
                name, tables[index].values,
                step.updater.parameters.tables[index].base.assumingMemoryBound(to: Float.self))
        }
        return wrong
    }

    /// Gradients that workers hand out, each its own part.
    private final class Collected: @unchecked Sendable {
        private let base: UnsafeMutableBufferPointer<Float>

        init(count: Int) {
            base = .allocate(capacity: count)
            base.initialize(repeating: 0)
        }

        deinit { base.deallocate() }

        var values: [Float] { Array(base) }

        subscript(index: Int) -> Float {
            get { base[index] }
            set { base[index] = newValue }
        }
    }

    /// The loss of durations is least at the logarithm of their mean, that of binary tasks at the
    /// logit of their rate; gradients are those of finite differences.
    @Test func lossesAreLeastAtTheTruth() throws {
        let tasks = [RankerTask(name: "watch", kind: .duration), RankerTask(name: "click")]
        let durations: [Float] = [0, 3, 9, 40]
        let loss = RankerLoss(
            tasks: tasks,
            scales: tasks.map { TaskScale($0, labels: durations.map { min($0, 1) }) })
        let clicks: [Float] = [0, 1, 1, 1]
        for (task, labels) in [durations, clicks].enumerated() {
            func mean(_ z: Float) -> Double {
                labels.reduce(0) { $0 + loss.term(task, z, $1)!.loss } / 4
            }
            func slope(_ z: Float) -> Float {
                labels.reduce(0) { $0 + loss.term(task, z, $1)!.gradient } / 4
            }
            // The prediction is monotone: find where the slope crosses 0.
            var (low, high): (Float, Float) = (-10, 10)
            for _ in 0..<60 {
                let middle = (low + high) / 2
                if slope(middle) < 0 { low = middle } else { high = middle }
            }
            #expect(abs(loss.prediction(task, low) - labels.reduce(0, +) / 4) < 1e-3)
            for z: Float in [-2, 0.3, 4] {
                let numeric = (mean(z + 1e-2) - mean(z - 1e-2)) / 2e-2
                #expect(abs(numeric - Double(slope(z))) < 1e-3)
            }
        }
        #expect(loss.term(0, 1, .nan) == nil)
    }
}
