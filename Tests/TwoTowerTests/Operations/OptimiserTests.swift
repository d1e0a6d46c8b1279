import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct OptimiserTests {
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
        configuration.uniformNegatives = 0
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
