import Foundation
import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

@Suite struct InterestTests {
    typealias Attention = TwoTowerConfiguration.InterestAttention

    // MARK: - Two tastes

    /// Towers that end in three dimensions, however much they know of an item.
    private func configuration(_ attention: Attention, count: Int) -> TwoTowerConfiguration {
        var configuration = Worlds.interestConfiguration(attention, count: count)
        configuration.interestSharpness = 4
        configuration.encoderHeads = 1
        configuration.embeddingDimension = 3
        configuration.itemIdDimension = 16
        configuration.usesResidual = false
        configuration.sharesTables = false
        configuration.usesItemBias = false
        configuration.userIdDimension = 0
        configuration.userHiddenWidths = [32]
        configuration.itemHiddenWidths = []
        configuration.historyLength = 8
        configuration.historyNumbers = []
        configuration.batchSize = 256
        configuration.denseLearningRate = 0.01
        configuration.tableDeviation = 0.1
        configuration.hiddenDropout = 0
        configuration.itemIdDropout = 0
        configuration.historyDropout = 0
        configuration.encoderDropout = 0
        Sampling.fullCatalogue.set(&configuration)
        configuration.epochs = 12
        return configuration
    }

    /// The share of users whose short list, no longer than what is withheld of them, has items of both
    /// of their tastes.
    private func shareWithBothTastes(_ configuration: TwoTowerConfiguration) throws -> Double {
        let (dataset, withheld) = try Worlds.twoTastes()
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)
        let items = try model.embedItems(dataset.catalogue, threadCount: 1)
        let products = try model.embedUsers(
            dataset.sequences, catalogue: dataset.catalogue, threadCount: 1
        ).multiplied(byTransposeOf: items)
        let sequences = dataset.sequences
        let satisfied = withheld.indices.filter { user in
            let seen = sequences.items[sequences.offsets[user]..<sequences.offsets[user + 1]]
            func score(_ item: Int) -> Float {
                let first = user * model.interestCount
                return (first..<first + model.interestCount).map { products[$0, item] }.max()!
            }
            let list = (0..<items.rows).filter { !seen.contains(Int32($0)) }
                .sorted { score($0) > score($1) }.prefix(withheld[user].count)
            let half = withheld[user].count / 2
            return [withheld[user].prefix(half), withheld[user].suffix(half)].allSatisfy { taste in
                taste.contains { list.contains(Int($0)) }
            }
        }
        return Double(satisfied.count) / Double(withheld.count)
    }

    @Test func oneVectorCannotHoldTwoTastes() throws {
        #expect(try shareWithBothTastes(configuration(.labelAware, count: 1)) < 0.55)
    }

    @Test(arguments: [Attention.labelAware, .maximum], [2, 4])
    func severalInterestsHoldBoth(attention: Attention, count: Int) throws {
        let share = try shareWithBothTastes(configuration(attention, count: count))
        #expect(share > (count > 2 ? 0.9 : 0.65))
    }

    // MARK: - The two attentions alone

    @Test func theBestInterestGivesTheScoreAndTakesTheGradient() {
        // Two users with three interests, three candidates; equal products in the second column.
        var products = Matrix(
            rows: 6, columns: 3,
            elements: [1, 5, -3, 2, 5, -1, 0, 4, -2, 7, 0, 1, 6, 0, 2, 5, 0, 3])
        let best = BestInterest(interestCount: 3)
        let scores = Matrix(rows: 2, columns: 3) { scores in
            products.withMutableView { best.forward($0, into: scores) }
        }
        #expect(scores.elements == [2, 5, -1, 7, 0, 3])
        let gradient = Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6])
        gradient.withView { gradient in
            products.withMutableView { best.backward(gradient, into: $0) }
        }
        #expect(products.elements == [0, 2, 0, 1, 0, 3, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 6])
    }

    /// The mixture by hand: one interest along the positive, one across it.
    @Test(arguments: [Float(0.5), 3])
    func theMixtureLeansToTheInterestThatFits(sharpness: Float) {
        let attention = LabelAwareAttention(
            interestCount: 2, sharpness: sharpness, dimension: 2)
        // The last coordinate is that of the bias.
        let interests = Matrix(rows: 2, columns: 3, elements: [2, 0, 1, 0, 2, 1])
        let items = Matrix(rows: 2, columns: 3, elements: [0, 0, 0, 1, 0, 50])
        let shares = UnsafeMutablePointer<Float>.allocate(capacity: 2)
        let positives = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
        defer {
            shares.deallocate()
            positives.deallocate()
        }
        positives.initialize(to: 1)
        let users = Matrix(rows: 1, columns: 3) { users in
            interests.withView { interests in
                items.withView { items in
                    attention.forward(
                        LabelAwareAttention.Context(
                            interests: interests, items: items, positives: positives,
                            shares: shares), into: users, .best)
                }
            }
        }
        let share = 1 / (1 + exp(-2 * sharpness))
        #expect(abs(shares[0] - share) < 1e-6 && abs(shares[1] - (1 - share)) < 1e-6)
        for (value, expected) in zip(users.elements, [2 * share, 2 * (1 - share), 1]) {
            #expect(abs(value - expected) < 1e-5)
        }
    }

    // MARK: - Embeddings

    private func model(
        _ dataset: TwoTowerDataset, interests: Int, _ attention: Attention = .labelAware
    ) throws -> TwoTowerModel {
        try TwoTowerTrainer.train(
            dataset, configuration: Worlds.interestConfiguration(attention, count: interests),
            seed: 1, threadCount: 2)
    }

    @Test func theInterestsOfAUserStandTogether() throws {
        let dataset = try Worlds.mixed(users: 150)
        let model = try model(dataset, interests: 3)
        #expect(model.interestCount == 3)
        func embed(_ rows: [Int]) throws -> Matrix {
            try model.embedUsers(
                dataset.sequences.slicing(rows.map(dataset.sequences.events)),
                userIds: rows.map { Int32($0) },
                profiles: dataset.profiles.selecting(rows), catalogue: dataset.catalogue,
                threadCount: 2)
        }
        let all = try embed(Array(0..<150))
        #expect(all.rows == 450 && all.columns == model.dimension)
        for user in [0, 3, 140] {
            let alone = try embed([user])
            for interest in 0..<3 {
                let rows = zip(all[row: user * 3 + interest], alone[row: interest])
                #expect(rows.allSatisfy { abs($0 - $1) < 1e-5 })
            }
        }
        // Whoever has a history has different interests; without one there is nothing to tell
        // them apart by.
        #expect(all[row: 0] != all[row: 1] && all[row: 1] != all[row: 2])
        #expect(all[row: 9] == all[row: 10] && all[row: 10] == all[row: 11])
    }

    @Test func anArtefactReadsBackWithItsInterests() throws {
        let dataset = try Worlds.mixed()
        let model = try model(dataset, interests: 2, .maximum)
        let decoded = try TwoTowerModel(decoding: model.encoded())
        #expect(decoded.interestCount == 2)
        #expect(decoded.configuration == model.configuration)
        #expect(decoded.parameters == model.parameters)
    }

    @Test func ofOneInterestTheAttentionChangesNothing() throws {
        let dataset = try Worlds.mixed()
        #expect(
            try model(dataset, interests: 1, .labelAware).parameters
                == model(dataset, interests: 1, .maximum).parameters)
    }

    // MARK: - Settings

    @Test func settingsThatMakeNoSenseAreNamed() {
        let changes: [(String, (inout TwoTowerConfiguration) -> Void)] = [
            ("interestCount must be in 1 to 32767", { $0.interestCount = 0 }),
            ("interestCount must be in 1 to 32767", { $0.interestCount = 32768 }),
            ("interestSharpness must be positive and finite", { $0.interestSharpness = 0 }),
            (
                "historyEncoding must be attentionPooling for an interestCount above 1",
                { $0.historyEncoding = .transformer }
            ),
            (
                "hardNegatives must be 0 for the maximum over interests, which leaves a row no one"
                    + " vector to be alike",
                {
                    $0.queueLength = 10
                    $0.hardNegatives = 2
                }
            ),
        ]
        for (message, change) in changes {
            var configuration = Worlds.interestConfiguration(.maximum, count: 2)
            change(&configuration)
            let error = #expect(throws: ModelError.self) { try configuration.validate() }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message == message)
        }
    }
}
