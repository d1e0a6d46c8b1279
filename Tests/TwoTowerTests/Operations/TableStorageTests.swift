import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct TableStorageTests {
    typealias Storage = TwoTowerConfiguration.TableStorage
    static let storages: [Storage] = [.float32, .bfloat16, .float16]

    @Test(arguments: storages)
    func aRowIsReadAsItWasWritten(storage: Storage) {
        let table = Table(rows: 5, width: 7, storage: storage)
        #expect(table.bytes.count == 35 * (storage == .float32 ? 4 : 2))
        // Eighths are exact in every format.
        let row = (0..<7).map { Float($0 - 3) / 8 }
        table.view.write(row, to: 3)
        #expect(Array(table.values[21..<28]) == row)
        #expect(table.values[..<21].allSatisfy { $0 == 0 })
        let bag = Bag()
        for (row, weight) in [(3, 1), (0, 5), (3, 2)] {
            bag.append(UInt32(row), weight: Float(weight))
        }
        bag.closeRow()
        let sum = Matrix(rows: 1, columns: 7) { bag.forward(table.view, $0, .best) }
        #expect(sum.elements == row.map { 3 * $0 })
        table.view.update(3, seed: 1) { for column in 0..<7 { $0[column] += 1 } }
        #expect(Array(table.values[21..<28]) == row.map { $0 + 1 })
        let copy = table.copy()
        #expect(copy == table)
        copy.view.update(0, seed: 1) { $0[0] = 1 }
        #expect(copy != table)
    }

    /// A thousand steps of a hundredth of the last bit: together ten of them.
    @Test(arguments: [Storage.bfloat16, .float16])
    func smallStepsAreNotLost(storage: Storage) {
        let table = Table(rows: 1, width: 256, storage: storage)
        table.view.write([Float](repeating: 1, count: 256), to: 0)
        let bit: Float = storage == .bfloat16 ? 0x1p-7 : 0x1p-10
        for step in 0..<1000 {
            table.view.update(0, seed: UInt64(step)) {
                for column in 0..<256 { $0[column] += bit / 100 }
            }
        }
        let mean = table.values.reduce(0, +) / 256
        // Five standard deviations of the mean of 256 sums of a thousand draws of 0.01 each.
        #expect(abs(mean - (1 + 10 * bit)) < 5 * bit * (1000 * 0.0099 / 256).squareRoot())
    }

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
