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
}
