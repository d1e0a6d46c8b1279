import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct TableStorageTests {
    typealias Storage = TwoTowerConfiguration.TableStorage
    static let storages: [Storage] = [.float32, .bfloat16, .float16]

    @Test(arguments: [Storage.bfloat16, .float16])
    func theThreadCountDoesNotChangeABit(storage: Storage) throws {
        let dataset = try Worlds.mixed(seed: 4, users: 100, items: 300)
        var configuration = Worlds.configuration()
        configuration.tableStorage = storage
        configuration.batchSize = 300
        let models = try [1, 3].map {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 9, threadCount: $0)
        }
        #expect(models[0].parameters == models[1].parameters)
        let decoded = try TwoTowerModel(decoding: models[0].encoded())
        #expect(decoded.parameters == models[0].parameters)
    }

    /// What two bytes cost: the same training in each format, on a planted world.
    @Test func narrowTablesLearnTheCheckerboard() throws {
        let (dataset, withheld) = try Worlds.checkerboard()
        var losses: [Storage: Double] = [:]
        for storage in Self.storages {
            var configuration = Worlds.configuration()
            configuration.tableStorage = storage
            configuration.userIdDimension = 0
            configuration.batchSize = 128
            configuration.epochs = 10
            configuration.denseLearningRate = 0.01
            configuration.tableDeviation = 0.1
            configuration.hiddenDropout = 0
            configuration.itemIdDropout = 0
            configuration.historyDropout = 0
            let model = try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 2
            ) { losses[storage] = $0.epochLoss }
            let items = try model.embedItems(dataset.catalogue, threadCount: 1)
            let scores = try model.embedUsers(
                dataset.sequences, catalogue: dataset.catalogue, threadCount: 1
            ).multiplied(byTransposeOf: items)
            // The withheld item beats every item of the other colour.
            let found = withheld.indices.filter { user in
                stride(from: 1 - user % 2, to: items.rows, by: 2).allSatisfy {
                    scores[user, $0] < scores[user, Int(withheld[user])]
                }
            }
            #expect(found.count >= withheld.count * 85 / 100, "\(storage)")
        }
        let exact = try #require(losses[.float32])
        for storage in Self.storages {
            #expect(abs(try #require(losses[storage]) - exact) < 0.05 * exact, "\(storage)")
        }
    }

    @Test(arguments: storages, storages)
    func aModelOfOneFormatStartsATrainingOfAnother(old: Storage, new: Storage) throws {
        let dataset = try Worlds.mixed()
        var configuration = Worlds.configuration()
        configuration.tableStorage = old
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 1)
        configuration.tableStorage = new
        let start = try Training(
            dataset, configuration, seed: 2, threadCount: 1, start: .same(model, dataset)
        ).step.snapshot()
        for (one, other) in zip(model.parameters.tables, start.tables) {
            #expect(other.view.storage == new)
            let bit: Float = new == .bfloat16 ? 0x1p-8 : 0x1p-11
            for (value, kept) in zip(one.values, other.values) {
                #expect(abs(value - kept) <= bit * abs(value) + 0x1p-24)
            }
            if old == new { #expect(one == other) }
        }
    }
}
