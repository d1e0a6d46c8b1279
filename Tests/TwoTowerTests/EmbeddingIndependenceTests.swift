import LinearAlgebra
import Testing

@testable import TwoTower

/// What an embedding depends on: the inputs of its own user or item, to the last bit, and on nothing
/// else.
@Suite struct EmbeddingIndependenceTests {
    /// More than a chunk of users, with histories of every length, and of items.
    private static let userCount = 300
    private static let itemCount = 150
    private static let counts = [1, 2, 5, 8, 64, 127, 128, 200, 299]

    private func world() throws -> TwoTowerDataset {
        var generator = SeededGenerator(seed: 5)
        var (offsets, events) = ([0], [Int32]())
        for user in 0..<Self.userCount {
            for _ in 0..<(user % 23) {
                events.append(Int32(generator.index(below: Self.itemCount)))
            }
            offsets.append(events.count)
        }
        return try TwoTowerDataset(
            catalogue: catalogue(Array(0..<Self.itemCount)),
            sequences: Sequences(
                offsets: offsets, items: events, days: [Int32](repeating: 3, count: events.count)))
    }

    /// Some of the items, with the creators that they have among all.
    private func catalogue(_ items: [Int]) throws -> Catalogue {
        try Catalogue(
            itemCount: items.count, creatorCount: 9, creators: items.map { Int32($0 % 9) })
    }

    private func model(
        _ dataset: TwoTowerDataset, _ encoding: TwoTowerConfiguration.HistoryEncoding,
        interests: Int = 1
    ) throws -> TwoTowerModel {
        var configuration = Worlds.configuration()
        configuration.historyEncoding = encoding
        configuration.interestCount = interests
        // Wide enough for every kernel of a matrix product, and no multiple of a vector.
        configuration.embeddingDimension = 24
        configuration.itemIdDimension = 24
        configuration.userHiddenWidths = [49]
        configuration.historyLength = 20
        configuration.epochs = 1
        return try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)
    }

    /// Compares what is embedded of some rows with what all rows have.
    private func expectAlike(
        _ rowCount: Int, rowsEach: Int = 1, all: Matrix, _ some: ([Int]) throws -> Matrix
    ) throws {
        var generator = SeededGenerator(seed: 3)
        for count in Self.counts where count < rowCount {
            let rows = (0..<rowCount).shuffled(using: &generator).prefix(count).sorted()
            let part = try some(rows)
            let differing = rows.indices.filter { index in
                (0..<rowsEach).contains { state in
                    (0..<all.columns).contains {
                        part[index * rowsEach + state, $0]
                            != all[rows[index] * rowsEach + state, $0]
                    }
                }
            }
            #expect(differing.isEmpty, "\(differing.count) of \(count)")
        }
    }

    @Test(arguments: TwoTowerConfiguration.HistoryEncoding.allCases)
    func aUserIsEmbeddedAlikeInAnyCompany(
        encoding: TwoTowerConfiguration.HistoryEncoding
    ) throws {
        let dataset = try world()
        let interests = encoding == .attentionPooling ? 3 : 1
        let model = try model(dataset, encoding, interests: interests)
        let all = try model.embedUsers(
            dataset.sequences, catalogue: dataset.catalogue, threadCount: 2)
        try expectAlike(Self.userCount, rowsEach: interests, all: all) { users in
            try model.embedUsers(
                dataset.sequences.slicing(users.map { dataset.sequences.events(of: $0) }),
                userIds: users.map(Int32.init), catalogue: dataset.catalogue, threadCount: 2)
        }
    }

    @Test func anItemIsEmbeddedAlikeInAnyCompany() throws {
        let dataset = try world()
        let model = try model(dataset, .mean)
        let all = try model.embedItems(dataset.catalogue, threadCount: 2)
        try expectAlike(Self.itemCount, all: all) { items in
            try model.embedItems(
                try catalogue(items), itemIds: items.map(Int32.init), threadCount: 2)
        }
    }

    /// Users whose hash differs from that of the world, when something about some users is other.
    private func changed(
        _ model: TwoTowerModel, _ dataset: TwoTowerDataset, day: Int32 = 4,
        catalogue: Catalogue? = nil,
        days: (Int32) -> Int32 = { $0 }, items: ([Int32]) -> [Int32] = { $0 }
    ) throws -> [Int] {
        let sequences = dataset.sequences
        let other = try Sequences(
            offsets: sequences.offsets, items: items(sequences.items),
            days: sequences.days.map(days))
        let asOf = [Int32](repeating: 4, count: sequences.userCount)
        let before = try model.hashUserInputs(
            sequences, catalogue: dataset.catalogue, asOf: asOf, threadCount: 2)
        let after = try model.hashUserInputs(
            other, catalogue: catalogue ?? dataset.catalogue,
            asOf: asOf.map { _ in day }, threadCount: 1)
        return before.indices.filter { before[$0] != after[$0] }
    }

    @Test(arguments: TwoTowerConfiguration.HistoryEncoding.allCases)
    func theHashOfAUserIsOfWhatTheTowerReads(
        encoding: TwoTowerConfiguration.HistoryEncoding
    ) throws {
        let dataset = try world()
        let model = try model(dataset, encoding)
        // The day is read by nobody here.
        #expect(try changed(model, dataset, day: 9, days: { $0 - 1 }).isEmpty)
        // Users with more events than the towers read: the oldest says nothing.
        let offsets = dataset.sequences.offsets
        let long = (0..<Self.userCount).filter { offsets[$0 + 1] - offsets[$0] > 20 }
        #expect(!long.isEmpty)
        func replacing(_ event: @escaping (Int) -> Int) -> ([Int32]) -> [Int32] {
            { items in
                var items = items
                for user in long { items[event(user)] = (items[event(user)] + 1) % 150 }
                return items
            }
        }
        #expect(try changed(model, dataset, items: replacing { offsets[$0] }).isEmpty)
        #expect(try changed(model, dataset, items: replacing { offsets[$0 + 1] - 1 }) == long)
    }

    @Test func theHashOfAUserSeesTheCreatorsOfTheHistory() throws {
        let dataset = try world()
        let model = try model(dataset, .transformer)
        var creators = dataset.catalogue.creators
        creators[7] = (creators[7] + 1) % 9
        let catalogue = try Catalogue(
            itemCount: Self.itemCount, creatorCount: 9, creators: creators)
        let sequences = dataset.sequences
        let readers = (0..<Self.userCount).filter {
            sequences.items[sequences.events(of: $0)].suffix(20).contains(7)
        }
        #expect(try changed(model, dataset, catalogue: catalogue) == readers)
    }

    @Test func numbersThatTellTimeChangeWithTheDay() throws {
        let dataset = try world()
        var configuration = Worlds.configuration()
        configuration.historyNumbers = [.daysSinceLastEvent]
        configuration.epochs = 1
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 1)
        let withHistory = (0..<Self.userCount).filter { $0 % 23 > 0 }
        #expect(try changed(model, dataset, day: 5) == withHistory)
    }

    @Test func theHashOfAnItemIsOfWhatTheTowerReads() throws {
        let dataset = try world()
        let model = try model(dataset, .mean)
        let before = try model.hashItemInputs(dataset.catalogue, threadCount: 2)
        #expect(Set(before).count == Self.itemCount)
        var creators = dataset.catalogue.creators
        creators[7] = -1
        let after = try model.hashItemInputs(
            try Catalogue(itemCount: Self.itemCount, creatorCount: 9, creators: creators),
            threadCount: 1)
        #expect(before.indices.filter { before[$0] != after[$0] } == [7])
    }

    @Test func someRowsAreEmbeddedAsAmongAll() throws {
        let dataset = try world()
        let model = try model(dataset, .transformer)
        let rows = [3, 40, 41, 299]
        let users = try model.embedUsers(
            dataset.sequences, catalogue: dataset.catalogue, threadCount: 1)
        let some = try model.embedUsers(
            dataset.sequences, catalogue: dataset.catalogue, rows: rows, threadCount: 2)
        let items = try model.embedItems(dataset.catalogue, threadCount: 1)
        let few = try model.embedItems(dataset.catalogue, rows: [149, 2], threadCount: 2)
        #expect(some.rows == rows.count && few.rows == 2)
        for column in 0..<model.dimension {
            #expect(rows.indices.allSatisfy { some[$0, column] == users[rows[$0], column] })
            #expect(few[0, column] == items[149, column] && few[1, column] == items[2, column])
        }
    }
}
