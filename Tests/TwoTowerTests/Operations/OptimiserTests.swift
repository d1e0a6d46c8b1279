import Foundation
import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct OptimiserTests {
    private func gradient(_ count: Int, _ stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 3, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    /// A row touched at some steps of a longer training must move as if the training had those
    /// steps alone: as Adam on a parameter of its own.
    @Test func lazyAdamCountsTheTouchesOfARow() {
        let width = 5
        let optimiser = LazyAdam(decay: 0.1)
        var row = gradient(width, 0)
        var expected = row.map(Double.init)
        var state = [Float](repeating: 0, count: optimiser.stateWidth(width))
        var moments = expected.map { _ in (0.0, 0.0) }
        for touch in 1...7 {
            let gradient = gradient(width, UInt64(touch))
            optimiser.update(
                &row, &state, gradient, width: width, rate: 0.01, Kernels.best)
            for i in 0..<width {
                let g = Double(gradient[i])
                moments[i].0 = 0.9 * moments[i].0 + 0.1 * g
                moments[i].1 = 0.999 * moments[i].1 + 0.001 * g * g
                let m = moments[i].0 / (1 - pow(0.9, Double(touch)))
                let v = moments[i].1 / (1 - pow(0.999, Double(touch)))
                expected[i] -= 0.01 * (m / (v.squareRoot() + 1e-8) + 0.1 * expected[i])
            }
        }
        #expect(state[2 * width] == 7)
        for (value, expected) in zip(row, expected) {
            #expect(abs(Double(value) - expected) < 1e-5)
        }
    }

    /// Each in training: rows that no batch touched stay as they were, whatever the optimiser.
    @Test(arguments: [
        TwoTowerConfiguration.TableAlgorithm.rowWiseAdagrad, .adagrad, .lazyAdam,
    ])
    func untouchedRowsStay(algorithm: TwoTowerConfiguration.TableAlgorithm) throws {
        // The last two items have no event; in-batch negatives never draw them.
        let dataset = try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 6),
            sequences: Sequences(
                offsets: [0, 3, 6, 8], items: [0, 1, 2, 1, 2, 3, 3, 0],
                days: [Int32](repeating: 0, count: 8)))
        var configuration = Worlds.configuration()
        configuration.negatives = .inBatch
        configuration.tableOptimiser = algorithm
        configuration.tableLearningRate = 0.05
        configuration.tableDecay = 0.1
        let training = try Training(dataset, configuration, seed: 1, threadCount: 2)
        let before = training.step.snapshot().tables[0].values
        for (index, batch) in training.batches(epoch: 1).enumerated() {
            _ = try training.train(batch, step: index + 1, rateShare: 1)
        }
        let after = training.step.snapshot().tables[0].values
        let width = configuration.itemIdDimension
        #expect(before[4 * width..<6 * width] == after[4 * width..<6 * width])
        for row in 0..<4 {
            #expect(
                before[row * width..<(row + 1) * width] != after[row * width..<(row + 1) * width])
        }
    }

    @Test(arguments: [
        (TwoTowerConfiguration.TableAlgorithm.lazyAdam, TwoTowerConfiguration.DenseAlgorithm.adam),
        (.adagrad, .adamW), (.rowWiseAdagrad, .adam),
    ])
    func everyPairLearnsTheCheckerboard(
        table: TwoTowerConfiguration.TableAlgorithm, dense: TwoTowerConfiguration.DenseAlgorithm
    ) throws {
        let (dataset, withheld) = try Worlds.checkerboard()
        var configuration = Worlds.configuration()
        configuration.userIdDimension = 0
        configuration.batchSize = 128
        configuration.epochs = 10
        configuration.denseLearningRate = 0.01
        configuration.tableOptimiser = table
        configuration.denseOptimiser = dense
        if table == .lazyAdam { configuration.tableLearningRate = 0.03 }
        configuration.tableDeviation = 0.1
        configuration.hiddenDropout = 0
        configuration.itemIdDropout = 0
        configuration.historyDropout = 0
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)
        let items = try model.embedItems(dataset.catalogue, threadCount: 1)
        let users = try model.embedUsers(
            dataset.sequences, catalogue: dataset.catalogue, threadCount: 1)
        let scores = users.multiplied(byTransposeOf: items)
        // The withheld item beats every item of the other colour.
        let found = withheld.indices.filter { user in
            let others = stride(from: 1 - user % 2, to: items.rows, by: 2)
            return others.allSatisfy { scores[user, $0] < scores[user, Int(withheld[user])] }
        }
        #expect(found.count >= withheld.count * 85 / 100)
    }
}
