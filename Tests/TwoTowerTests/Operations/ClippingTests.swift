import LinearAlgebra
import Synchronization
import Testing

@testable import TwoTower

@Suite struct ClippingTests {
    /// A training with the gradients of one batch computed, in several chunks.
    private func computed(limit: Float = 0, threads: Int = 2) throws -> Training {
        var configuration = Worlds.configuration()
        configuration.gradientNormLimit = limit
        configuration.batchSize = 300
        let training = try Training(
            try Worlds.mixed(users: 100, items: 300), configuration, seed: 3,
            threadCount: threads)
        let group = training.examples.groups[0]
        var generator = SeededGenerator(seed: 5)
        _ = training.step.gradients(
            TrainingStep.Task(
                group: group, examples: group.examples, step: 1, dropoutSeed: nil),
            using: &generator)
        return training
    }

    /// The sums of the squares of all gradients that a step hands out.
    private func squares(_ step: TrainingStep, scale: Float) -> (dense: Double, tables: Double) {
        let sums = Mutex((dense: 0.0, tables: 0.0))
        step.updater.forEachDensePart(scale: scale) { range, gradient in
            let sum = range.reduce(0.0) { $0 + Double(gradient[$1]) * Double(gradient[$1]) }
            sums.withLock { $0.dense += sum }
        }
        step.updater.reduceTables(scale: scale) { _, block in
            let gradients = block.gradients
            let sum = (0..<gradients.rows * gradients.columns).reduce(0.0) {
                $0 + Double(gradients.base[$1]) * Double(gradients.base[$1])
            }
            sums.withLock { $0.tables += sum }
        }
        return sums.withLock { $0 }
    }

    @Test func theNormIsThatOfAllGradientsTogether() throws {
        let step = try computed().step
        step.updater.sumDense()
        let norm = step.updater.gradientNorm()
        let single = try computed(threads: 1).step
        single.updater.sumDense()
        #expect(norm == single.updater.gradientNorm())
        let plain = squares(step, scale: 1)
        #expect(plain.dense > 0 && plain.tables > 0)
        #expect(abs(norm * norm / (plain.dense + plain.tables) - 1) < 1e-5)
        // The dense sums lie in place, and are scaled there.
        let half = squares(step, scale: 0.5)
        #expect(abs(half.dense / plain.dense - 0.25) < 1e-5)
        #expect(abs(half.tables / plain.tables - 0.25) < 1e-5)
    }

    @Test func onlyALongerGradientIsScaled() throws {
        let step = try computed().step
        step.updater.sumDense()
        let norm = Float(step.updater.gradientNorm())
        let updated = try [0, 1.01 * norm, 0.5 * norm].map { limit in
            let training = try computed(limit: limit)
            training.step.update(step: 1, rateShare: 1)
            return training.step.snapshot()
        }
        #expect(updated[0] == updated[1])
        // Adagrad's first step has the length of the rate, however long the gradient; its sums do not.
        #expect(updated[0] != updated[2])
    }

    @Test func theThreadCountDoesNotChangeABit() throws {
        let dataset = try Worlds.mixed(seed: 4, users: 100, items: 300)
        var configuration = Worlds.configuration()
        configuration.batchSize = 300
        configuration.gradientNormLimit = 0.05
        let models = try [1, 3].map {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 9, threadCount: $0)
        }
        #expect(models[0].parameters == models[1].parameters)
        configuration.gradientNormLimit = 0
        let free = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 9, threadCount: 2)
        #expect(free.parameters != models[0].parameters)
    }
}
