import Foundation
import LinearAlgebra
import Testing

@testable import TwoTower

/// Losses and sources of negatives on worlds with a known answer.
@Suite struct PlantedLossTests {
    enum Objective: String, CaseIterable, CustomTestStringConvertible {
        case softmax, labelSmoothing, bpr, gbce, cosineContrastive

        var testDescription: String { rawValue }

        func set(_ configuration: inout TwoTowerConfiguration) {
            switch self {
            case .softmax: break
            case .labelSmoothing: configuration.labelSmoothing = 0.1
            case .bpr: configuration.loss = .bpr
            case .gbce: configuration.loss = .gbce
            case .cosineContrastive:
                configuration.loss = .cosineContrastive
                configuration.interaction = .cosine
                configuration.usesItemBias = false
            }
        }
    }

    @Test(arguments: Objective.allCases, Sampling.allCases)
    func everyLossAndSourceFindsTheWithheldSquare(
        objective: Objective, sampling: Sampling
    ) throws {
        var configuration = Worlds.checkerboardConfiguration()
        objective.set(&configuration)
        sampling.set(&configuration)
        #expect(try Worlds.shareOfCheckerboardFound(configuration) >= 0.85)
    }

    /// Everybody draws from one distribution, 32 : 16 : 8 : 4 : 2 : 1. The right score differences
    /// are those of the logarithms; without the correction a popular item, which is drawn for nearly
    /// every batch, loses most of its lead over one that is drawn for few, and with a flipped
    /// one it would lose twice as much.
    @Test(
        arguments: [Sampling.inBatch, .uniform, .popular, .mixed, .queue, .fullCatalogue],
        [true, false])
    func popularityIsLearnedOnlyWithTheCorrection(sampling: Sampling, corrects: Bool) throws {
        let shares = [32, 16, 8, 4, 2, 1]
        let events = shares.enumerated().flatMap { item, share in
            [Int32](repeating: Int32(item), count: 8 * share)
        }
        let dataset = try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 6),
            sequences: Sequences(
                offsets: Array(0...events.count), items: events,
                days: [Int32](repeating: 0, count: events.count)))
        var configuration = Worlds.configuration()
        configuration.userIdDimension = 0
        // So few rows that a rare item is seldom among them.
        configuration.batchSize = 4
        sampling.set(&configuration, count: 2)
        configuration.usesLogQCorrection = corrects
        configuration.epochs = 20
        configuration.denseLearningRate = 0.01
        configuration.inputDropout = 0
        configuration.hiddenDropout = 0
        configuration.itemIdDropout = 0
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)
        let items = try model.embedItems(dataset.catalogue, threadCount: 1)
        let user = try model.embedUsers(
            Sequences(offsets: [0, 0], items: [], days: []), catalogue: dataset.catalogue,
            threadCount: 1)
        let scores = user.multiplied(byTransposeOf: items)
        let difference = scores[0, 0] - scores[0, 4]
        let right = log(Float(16))
        if corrects {
            #expect(abs(difference - right) < 0.5)
        } else if [.uniform, .fullCatalogue].contains(sampling) {
            #expect(abs(difference - right) < 0.5, "all items are drawn alike")
        } else {
            #expect(difference < right - 0.7)
        }
    }

    /// Half of the users has twelve items of its own and one that everybody has: for a user, that
    /// one is twice as likely as any other. Compared with what others like it is nothing special,
    /// which is all that a training without the correction sees.
    @Test(arguments: [true, false])
    func affinityComesFirstOnlyWithTheCorrection(corrects: Bool) throws {
        var generator = SeededGenerator(seed: 5)
        var (offsets, events) = ([0], [Int32]())
        for user in 0..<300 {
            for _ in 0..<8 {
                let isCommon = generator.index(below: 14) < 2
                let own = Int32(1 + 12 * (user % 2) + generator.index(below: 12))
                events.append(isCommon ? 0 : own)
            }
            offsets.append(events.count)
        }
        let dataset = try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 25),
            sequences: Sequences(
                offsets: offsets, items: events, days: [Int32](repeating: 0, count: events.count)))
        var configuration = Worlds.checkerboardConfiguration()
        configuration.batchSize = 8
        Sampling.inBatch.set(&configuration)
        configuration.trainsOnRepeats = true
        configuration.masksOwnEvents = false
        configuration.usesLogQCorrection = corrects
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)
        let items = try model.embedItems(dataset.catalogue, threadCount: 1)
        let users = try model.embedUsers(
            dataset.sequences, catalogue: dataset.catalogue, threadCount: 1)
        let scores = users.multiplied(byTransposeOf: items)
        // How far the common item is above the mean of the user's own, over all users.
        let lead =
            (0..<300).reduce(Float(0)) { sum, user in
                let own = (1...12).map { scores[user, $0 + 12 * (user % 2)] }
                return sum + scores[user, 0] - own.reduce(0, +) / 12
            } / 300
        if corrects { #expect(lead > 0.4) } else { #expect(lead < 0) }
    }

    /// Users of either half like ten items of their own, and are shown five of the ten others that
    /// the rest of their half might like as well: without engagement.
    @Test func impressionsWithoutEngagementLowerAScore() throws {
        func gap(_ impressionNegatives: Int) throws -> Float {
            var generator = SeededGenerator(seed: 5)
            var (offsets, events) = ([0], [Int32]())
            var (shownOffsets, shown) = ([0], [Int32]())
            for user in 0..<200 {
                events += (0..<6).map { _ in Int32(generator.index(below: 10) + 10 * (user % 2)) }
                offsets.append(events.count)
                shown += (0..<5).map { Int32(20 + $0 + 5 * (user % 2)) }
                shownOffsets.append(shown.count)
            }
            let dataset = try TwoTowerDataset(
                catalogue: Catalogue(itemCount: 30),
                sequences: Sequences(
                    offsets: offsets, items: events,
                    days: [Int32](repeating: 1, count: events.count)),
                impressions: Impressions(
                    offsets: shownOffsets, items: shown,
                    days: [Int32](repeating: 1, count: shown.count)))
            var configuration = Worlds.checkerboardConfiguration()
            configuration.uniformNegatives = 10
            configuration.impressionNegatives = impressionNegatives
            configuration.impressionWeight = 20
            let model = try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 2)
            let items = try model.embedItems(dataset.catalogue, threadCount: 1)
            let users = try model.embedUsers(
                dataset.sequences, catalogue: dataset.catalogue, threadCount: 1)
            let scores = users.multiplied(byTransposeOf: items)
            // What users were not shown above what they were, both liked by nobody.
            return (0..<200).reduce(0) { sum, user in
                let first = (20..<25).reduce(0) { $0 + scores[user, $1] } / 5
                let second = (25..<30).reduce(0) { $0 + scores[user, $1] } / 5
                return sum + (user % 2 == 0 ? second - first : first - second)
            } / 200
        }
        let (with, without) = (try gap(2), try gap(0))
        #expect(with > 0.3)
        #expect(abs(without) < 0.15)
    }

    @Test func aWeightOfTheConcentrationSpreadsTheTopListOverCreators() throws {
        // Creators have the items of one colour of a checkerboard each.
        func concentration(weight: Float) throws -> Double {
            let (board, _) = try Worlds.checkerboard()
            let items = board.catalogue.itemCount
            let catalogue = try Catalogue(
                itemCount: items, creatorCount: 2, creators: (0..<items).map { Int32($0 % 2) })
            let dataset = try TwoTowerDataset(catalogue: catalogue, sequences: board.sequences)
            var configuration = Worlds.checkerboardConfiguration()
            Sampling.fullCatalogue.set(&configuration)
            configuration.masksOwnEvents = false
            configuration.creatorConcentrationWeight = weight
            let model = try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 2)
            let itemRows = try model.embedItems(catalogue, threadCount: 1)
            let users = try model.embedUsers(
                board.sequences, catalogue: catalogue, threadCount: 1)
            let scores = users.multiplied(byTransposeOf: itemRows)
            return (0..<users.rows).reduce(0.0) { sum, user in
                let p = (0..<items).map { exp(Double(scores[user, $0])) }
                let total = p.reduce(0, +)
                let even = stride(from: 0, to: items, by: 2).reduce(0) { $0 + p[$1] } / total
                return sum + even * even + (1 - even) * (1 - even)
            } / Double(users.rows)
        }
        let (with, without) = (try concentration(weight: 5), try concentration(weight: 0))
        #expect(without > 0.8)
        #expect(with < 0.65)
    }

    @Test func aWeightOfTheSpreadTurnsItemsApart() throws {
        func meanSquare(weight: Float) throws -> Float {
            let dataset = try Worlds.mixed(seed: 4, users: 100, items: 60)
            var configuration = Worlds.configuration()
            configuration.epochs = 10
            configuration.spreadWeight = weight
            let model = try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 2)
            let all = try model.embedItems(
                dataset.catalogue, features: dataset.numericFeatures!.matrix(day: 11),
                threadCount: 1)
            var sum: Float = 0
            for a in 0..<60 {
                for b in 0..<a {
                    func dot(_ a: Int, _ b: Int) -> Float {
                        (0..<6).reduce(0) { $0 + all[a, $1] * all[b, $1] }
                    }
                    sum += dot(a, b) * dot(a, b) / dot(a, a) / dot(b, b)
                }
            }
            return sum / (60 * 59 / 2)
        }
        let (with, without) = (try meanSquare(weight: 5), try meanSquare(weight: 0))
        #expect(with < without - 0.03)
    }
}
