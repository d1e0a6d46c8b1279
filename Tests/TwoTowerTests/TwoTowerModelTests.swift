import Foundation
import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

@Suite struct TwoTowerModelTests {
    private static func trained() throws -> (TwoTowerDataset, TwoTowerModel) {
        let dataset = try Worlds.mixed()
        return (
            dataset,
            try TwoTowerTrainer.train(
                dataset, configuration: Worlds.configuration(), seed: 1, threadCount: 1)
        )
    }

    @Test func anArtefactReadsBackToTheLastBit() throws {
        let (_, model) = try Self.trained()
        let bytes = model.encoded()
        let read = try TwoTowerModel(decoding: bytes)
        #expect(read.parameters == model.parameters)
        #expect(read.configuration == model.configuration)
        #expect(read.architecture.sizes == model.architecture.sizes)
        #expect(read.standardisation == model.standardisation)
        #expect(read.seed == model.seed)
        #expect(read.encoded() == bytes)
    }

    @Test(arguments: [0, 3, 15, 16, 100, -1, -5])
    func aShortArtefactIsRefused(length: Int) throws {
        let (_, model) = try Self.trained()
        let bytes = model.encoded()
        let cut = Array(bytes.prefix(length >= 0 ? length : bytes.count + length))
        let error = #expect(throws: ModelError.self) { try TwoTowerModel(decoding: cut) }
        #expect(error?.code == .corruptArtefact)
    }

    @Test(arguments: [0, 9, 14, 40, 2000])
    func aDamagedArtefactIsRefused(position: Int) throws {
        let (_, model) = try Self.trained()
        var bytes = model.encoded()
        bytes[position] ^= 0x10
        let error = #expect(throws: ModelError.self) { try TwoTowerModel(decoding: bytes) }
        #expect(error?.code == .corruptArtefact)
    }

    @Test func anotherVersionIsNamed() throws {
        let (_, model) = try Self.trained()
        var bytes = model.encoded()
        bytes[8] = 7
        let error = #expect(throws: ModelError.self) { try TwoTowerModel(decoding: bytes) }
        #expect(error?.message.contains("version 7") == true)
    }

    @Test func everythingNewIsEmbedded() throws {
        let (dataset, model) = try Self.trained()
        let items = dataset.catalogue.itemCount
        // An item, a creator, a tag and two users more than the training had.
        let catalogue = try Catalogue(
            itemCount: items + 1, creatorCount: 5, creators: dataset.catalogue.creators + [4],
            tagCount: 6,
            tagOffsets: dataset.catalogue.tagOffsets
                + [dataset.catalogue.tags.count + 1],
            tags: dataset.catalogue.tags + [5])
        let features = Matrix(rows: items + 1, columns: 2, repeating: 1)
        let embedded = try model.embedItems(catalogue, features: features, threadCount: 2)
        #expect(embedded.rows == items + 1 && embedded.columns == model.dimension)
        #expect(embedded.elements.allSatisfy { $0.isFinite })

        let sequences = try Sequences(
            offsets: dataset.sequences.offsets + [
                dataset.sequences.items.count, dataset.sequences.items.count + 1,
            ], items: dataset.sequences.items + [Int32(items)],
            days: dataset.sequences.days + [12])
        let profiles = try Profiles(
            userCount: sequences.userCount, cardinalities: [4, 2],
            codes: dataset.profiles.codes + [3, -1, -1, 0])
        let users = try model.embedUsers(
            sequences, profiles: profiles, catalogue: catalogue, threadCount: 2)
        #expect(users.rows == sequences.userCount && users.columns == model.dimension)
        #expect(users.elements.allSatisfy { $0.isFinite })
        #expect((0..<users.rows).allSatisfy { users[$0, model.dimension - 1] == 1 })

        // Those known before stay as they were.
        let before = try model.embedUsers(
            dataset.sequences, profiles: dataset.profiles, catalogue: dataset.catalogue,
            threadCount: 1)
        #expect(before.elements[...] == users.elements[..<before.elements.count])
    }

    @Test func rowsInAnotherOrderNameTheirIds() throws {
        let (dataset, model) = try Self.trained()
        let all = try model.embedUsers(
            dataset.sequences, profiles: dataset.profiles, catalogue: dataset.catalogue,
            threadCount: 1)
        // User 7 alone, as a shard would have it.
        let range = dataset.sequences.offsets[7]..<dataset.sequences.offsets[8]
        func embed(_ id: Int32, itemIds: [Int32]? = nil) throws -> Matrix {
            try model.embedUsers(
                Sequences(
                    offsets: [0, range.count], items: Array(dataset.sequences.items[range]),
                    days: Array(dataset.sequences.days[range])),
                userIds: [id],
                profiles: Profiles(
                    userCount: 1, cardinalities: dataset.profiles.cardinalities,
                    codes: Array(dataset.profiles.codes[14..<16])),
                catalogue: dataset.catalogue, itemIds: itemIds, threadCount: 1)
        }
        let alone = try embed(7)
        let unknown = try embed(-1)
        let beyond = try embed(100)
        let strangeItems = try embed(7, itemIds: dataset.catalogue.creators.map { _ in -1 })
        #expect(Array(alone.elements) == Array(all[row: 7]))
        #expect(unknown != alone)
        #expect(unknown == beyond)
        #expect(strangeItems != alone)

        // An item without an id is embedded from its content alone.
        let features = Matrix(rows: dataset.catalogue.itemCount, columns: 2, repeating: 1)
        let items = try model.embedItems(dataset.catalogue, features: features, threadCount: 1)
        var ids = (0..<Int32(dataset.catalogue.itemCount)).map { $0 }
        ids[4] = -1
        let masked = try model.embedItems(
            dataset.catalogue, itemIds: ids, features: features, threadCount: 1)
        #expect(masked[row: 4] != items[row: 4])
        #expect(masked[row: 3] == items[row: 3])
        #expect(masked[row: 4].allSatisfy { $0.isFinite })
        #expect(throws: ModelError.self) {
            try model.embedItems(
                dataset.catalogue, itemIds: [0], features: features, threadCount: 1)
        }
    }

    @Test func theHistoryStopsAtItsLength() throws {
        let (dataset, model) = try Self.trained()
        func embed(_ items: [Int32]) throws -> Matrix {
            try model.embedUsers(
                Sequences(
                    offsets: [0, items.count], items: items,
                    days: items.map { _ in 0 }),
                profiles: Profiles(userCount: 1, cardinalities: [3, 2], codes: [0, 0]),
                catalogue: dataset.catalogue, threadCount: 1)
        }
        // Lengths of 5 and more differ in their count alone, so equal counts are compared.
        let five = try embed([1, 2, 3, 4, 5])
        let oldestDiffers = try embed([9, 2, 3, 4, 5])
        let fourthNewestDiffers = try embed([1, 9, 3, 4, 5])
        #expect(five == oldestDiffers)
        #expect(five != fourthNewestDiffers)
    }

    @Test func missingOrOddFeaturesAreRefused() throws {
        let (dataset, model) = try Self.trained()
        let items = dataset.catalogue.itemCount
        let bad: [Matrix?] = [
            nil, Matrix(rows: items, columns: 1), Matrix(rows: 1, columns: 2),
            Matrix(rows: items, columns: 2, repeating: .nan),
        ]
        for features in bad {
            let error = #expect(throws: ModelError.self) {
                try model.embedItems(dataset.catalogue, features: features, threadCount: 1)
            }
            #expect(error?.code == .invalidData)
        }
        #expect(throws: ModelError.self) {
            try model.embedUsers(
                dataset.sequences, catalogue: dataset.catalogue, threadCount: 1)
        }
    }
}

@Suite struct HistoryWeightsTests {
    private func weights(_ weighting: any HistoryWeights, _ count: Int) -> [Float] {
        var weights = [Float](repeating: 9, count: count)
        weights.withUnsafeMutableBufferPointer { weighting.weigh($0) }
        return weights
    }

    @Test func aMeanWeighsAllEventsAlike() {
        #expect(weights(EqualWeights(), 4) == [0.25, 0.25, 0.25, 0.25])
        #expect(weights(EqualWeights(), 0) == [])
    }

    @Test func recencyHalvesTheWeightsOverTheHalfLife() {
        let weights = weights(RecencyWeights(halfLife: 2), 5)
        #expect(abs(weights.reduce(0, +) - 1) < 1e-6)
        #expect(abs(weights[4] / weights[2] - 2) < 1e-5)
        #expect(abs(weights[3] / weights[1] - 2) < 1e-5)
        #expect(weights.elementsEqual(weights.sorted()))
    }
}
