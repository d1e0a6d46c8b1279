import Foundation
import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

@Suite struct ValidationSplitTests {
    /// Three users over four days; the last two days have three of ten events.
    private func dataset(days: [Int32]) throws -> TwoTowerDataset {
        try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 6),
            sequences: Sequences(
                offsets: [0, 4, 8, 10], items: [0, 1, 2, 3, 1, 2, 3, 1, 4, 5], days: days,
                weights: [1, 1, 1, 1, 1, 1, 1, 1, 1, 0]))
    }
    private let rising: [Int32] = [1, 1, 2, 4, 1, 2, 3, 4, 1, 3]

    @Test func theNewestDaysAreHeldOut() throws {
        let dataset = try dataset(days: rising)
        // Examples: all but user 1's repeat of item 1, and user 2's weightless event: eight.
        let split = try ValidationSplit(dataset, share: 0.3, userLimit: 10, seed: 1)
        #expect(split.day == 3)
        #expect(split.training.sequences.items == [0, 1, 2, 1, 2, 4])
        #expect(split.training.sequences.offsets == [0, 3, 5, 6])
        #expect(split.users == [0, 1])
        #expect(split.truth == [[3], [3]])
        #expect(split.userDays == [3, 3])
        // The share is an upper limit, but one day is always held out.
        #expect(try ValidationSplit(dataset, share: 0.2, userLimit: 10, seed: 1).day == 3)
        #expect(try ValidationSplit(dataset, share: 0.01, userLimit: 10, seed: 1).day == 4)
    }

    @Test func theSampleIsFixedAndBounded() throws {
        let dataset = try Worlds.mixed(users: 60, items: 40)
        let splits = try (0..<2).map { _ in
            try ValidationSplit(dataset, share: 0.5, userLimit: 7, seed: 3)
        }
        #expect(splits[0].users == splits[1].users)
        #expect(splits[0].users.count == 7)
        #expect(splits[0].users == splits[0].users.sorted())
        let other = try ValidationSplit(dataset, share: 0.5, userLimit: 7, seed: 4)
        #expect(other.users != splits[0].users)
    }

    @Test func withoutDaysTheLastEventsAreHeldOut() throws {
        let (dataset, _) = try Worlds.checkerboard()
        let split = try ValidationSplit(dataset, share: 0.05, userLimit: 1000, seed: 1)
        let total = dataset.sequences.items.count
        #expect(split.users.count == Int((Float(total) * 0.05).rounded()))
        #expect(split.training.sequences.items.count == total - split.users.count)
        for (user, truth) in zip(split.users, split.truth) {
            #expect(truth == [dataset.sequences.items[dataset.sequences.offsets[user + 1] - 1]])
        }
    }

    /// One impression of each item of a day on that day, for every user.
    private func shown(_ dataset: TwoTowerDataset) throws -> TwoTowerDataset {
        try TwoTowerDataset(
            catalogue: dataset.catalogue, sequences: dataset.sequences,
            impressions: Impressions(
                offsets: dataset.sequences.offsets, items: dataset.sequences.items,
                days: dataset.sequences.days))
    }

    @Test func whatWasShownOnTheDaysHeldOutIsHeldOutToo() throws {
        let split = try ValidationSplit(
            shown(dataset(days: rising)), share: 0.3, userLimit: 1, seed: 1)
        let left = try #require(split.training.impressions)
        #expect(left.offsets == [0, 3, 5, 6] && left.days == [1, 1, 2, 1, 2, 1])
    }

    /// User 0 was shown items 3, 4 and 5 on day 1; 3 it likes on day 4, which is held out, 5 it liked on
    /// day 2, which an older history would not tell.
    @Test func whatIsLikedOnTheDaysHeldOutWasShownWithoutEngagementBefore() throws {
        let dataset = try dataset(days: rising)
        let shown = try TwoTowerDataset(
            catalogue: dataset.catalogue, sequences: dataset.sequences,
            impressions: Impressions(
                offsets: [0, 3, 3, 3], items: [3, 4, 5], days: [1, 1, 1],
                engagedDays: [4, .max, 2]))
        func negatives(_ dataset: TwoTowerDataset) throws -> [Int32] {
            var items: [Int32] = []
            var generator = SeededGenerator(seed: 1)
            _ = ImpressionNegatives(
                count: 5, weight: 1, try #require(dataset.impressions), dataset.sequences
            ).draw(user: 0, day: 9, using: &generator, into: &items)
            return items
        }
        let split = try ValidationSplit(shown, share: 0.3, userLimit: 10, seed: 1)
        #expect(split.day == 3 && split.truth[0] == [3])
        #expect(try negatives(split.training) == [3, 4])
        #expect(try negatives(shown) == [4])
    }

    @Test func whoseLastEventIsHeldOutHasNoImpressions() throws {
        let split = try ValidationSplit(
            shown(dataset(days: [4, 4, 4, 4, 3, 4, 4, 4, 3, 4])), share: 0.2, userLimit: 10, seed: 1
        )
        let left = try #require(split.training.impressions)
        // User 1's last event is a repeat, user 2's has no weight.
        #expect(split.users == [0] && split.userDays == [4])
        #expect(left.offsets == [0, 0, 4, 6])
    }

    @Test func nothingToHoldOutIsAnError() throws {
        let dataset = try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 2),
            sequences: Sequences(offsets: [0, 1, 2], items: [0, 1], days: [0, 0]))
        let error = #expect(throws: ModelError.self) {
            try ValidationSplit(dataset, share: 0.5, userLimit: 10, seed: 1)
        }
        #expect(error?.message == "no example can be held out for validation")
    }
}

@Suite struct ValidationTests {
    /// The mixed world with its first day moved back by a week.
    private func withAGap(users: Int, items: Int) throws -> TwoTowerDataset {
        let mixed = try Worlds.mixed(users: users, items: items)
        let (sequences, numbers) = (mixed.sequences, try #require(mixed.numericFeatures))
        let (first, second) = (numbers.matrix(day: 10), numbers.matrix(day: 11))
        return try TwoTowerDataset(
            catalogue: mixed.catalogue,
            numericFeatures: NumericFeatures(
                names: numbers.names, firstDay: 3, dayCount: 9, itemCount: items,
                values: (3...10).flatMap { _ in first.elements } + second.elements),
            profiles: mixed.profiles,
            sequences: Sequences(
                offsets: sequences.offsets, items: sequences.items,
                days: sequences.days.map { $0 == 10 ? 3 : $0 }, weights: sequences.weights))
    }

    /// Every measurement again, from the embeddings and a sorted list.
    @Test(arguments: [1, 3, 20], [(threads: 1, interests: 1), (2, 1), (2, 3)])
    func theScoreIsThatOfAPlainRanking(
        cutoff: Int, setting: (threads: Int, interests: Int)
    ) throws {
        let (threads, interests) = setting
        let dataset = try withAGap(users: 150, items: 40)
        let split = try ValidationSplit(dataset, share: 0.5, userLimit: 120, seed: 3)
        try #require(split.truth.contains { $0.count > 1 })
        // Numbers that depend on the day that is asked for.
        var configuration = Worlds.interestConfiguration(.maximum, count: interests)
        configuration.historyNumbers = [.eventCount, .daysSinceLastEvent, .eventsOfWeek]
        let model = try TwoTowerTrainer.train(
            split.training, configuration: configuration, seed: 1, threadCount: 1)
        let validation = Validation(split, cutoff: cutoff, threadCount: threads)
        let score = try validation.score(model, batch: 9)
        #expect(score.batch == 9 && score.userCount == split.users.count && score.cutoff == cutoff)

        let products = try model.embedUsers(
            split.training.sequences, profiles: dataset.profiles, catalogue: dataset.catalogue,
            asOf: dataset.sequences.offsets.dropFirst().map { _ in split.day }, threadCount: 1
        ).multiplied(
            byTransposeOf: try model.embedItems(
                dataset.catalogue, features: dataset.numericFeatures?.matrix(day: split.day),
                threadCount: 1))
        func best(_ user: Int, _ item: Int32) -> Float {
            (0..<interests).map { products[user * interests + $0, Int(item)] }.max()!
        }
        var (recall, ndcg) = (0.0, 0.0)
        for (user, truth) in zip(split.users, split.truth) {
            let sequences = split.training.sequences
            let seen = sequences.items[sequences.offsets[user]..<sequences.offsets[user + 1]]
            let list = (0..<Int32(40)).filter { !seen.contains($0) }.sorted {
                (-best(user, $0), $0) < (-best(user, $1), $1)
            }.prefix(cutoff)
            let hits = list.enumerated().filter { truth.contains($0.element) }.map(\.offset)
            recall += Double(hits.count) / Double(truth.count)
            let gain = hits.reduce(0) { $0 + 1 / log2(Double($1 + 2)) }
            ndcg +=
                gain / (0..<min(cutoff, truth.count)).reduce(0) { $0 + 1 / log2(Double($1 + 2)) }
        }
        #expect(abs(score.recall - recall / Double(split.users.count)) < 1e-9)
        #expect(abs(score.ndcg - ndcg / Double(split.users.count)) < 1e-9)
    }

    /// A model of numbers that are none must not come first everywhere.
    @Test func whatIsNotFiniteRanksLast() throws {
        let dataset = try Worlds.mixed(users: 30, items: 40)
        let split = try ValidationSplit(dataset, share: 0.5, userLimit: 30, seed: 3)
        let training = try Training(
            split.training, Worlds.configuration(), seed: 1, threadCount: 1)
        for index in 0..<training.architecture.denseCount {
            training.step.parameters.dense[index] = .nan
        }
        let score = try Validation(split, cutoff: 10, threadCount: 1)
            .score(training.model(training.step.snapshot()), batch: 1)
        #expect(score.recall == 0 && score.ndcg == 0)
    }
}

@Suite struct EarlyStoppingTests {
    /// The users that are measured bring all of their profiles along.
    @Test func usersAreMeasuredWithTheNumbersOfTheirProfiles() throws {
        let dataset = try Worlds.mixed(users: 30, items: 40, hasContent: true)
        #expect(!dataset.profiles.numberNames.isEmpty)
        var configuration = Worlds.configuration()
        configuration.validationShare = 0.2
        var last: TrainingProgress?
        _ = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 1
        ) { last = $0 }
        #expect(last?.best != nil)
        let some = dataset.profiles.selecting([7, 2])
        #expect(some.userCount == 2)
        #expect(
            some.codes == Array(dataset.profiles.codes[14..<16] + dataset.profiles.codes[4..<6]))
        #expect(
            some.numbers.map(\.bitPattern)
                == [7, 2].map { dataset.profiles.numbers[$0].bitPattern })
    }

    /// A world that is soon learned by heart: training stops before its time, and the parameters
    /// are those of the best measurement.
    @Test func theBestParametersAreKept() throws {
        let (dataset, _) = try Worlds.checkerboard()
        var configuration = Worlds.configuration()
        configuration.userIdDimension = 3
        configuration.userIdDropout = 0
        configuration.batchSize = 64
        configuration.epochs = 60
        configuration.tableLearningRate = 0.3
        configuration.validationShare = 0.1
        configuration.validationCutoff = 3
        configuration.validationPatience = 3
        configuration.validationInterval = 5
        var reports: [TrainingProgress] = []
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2
        ) { reports.append($0) }
        let last = try #require(reports.last)
        let best = try #require(last.best)
        let newest = try #require(last.validation)
        #expect(last.batch < last.batchCount)
        #expect(last.batch == newest.batch)
        #expect(newest.batch == best.batch + 3 * 5)
        #expect(reports.compactMap(\.validation).allSatisfy { $0.ndcg <= best.ndcg })

        let split = try ValidationSplit(dataset, share: 0.1, userLimit: 2000, seed: 1)
        let again = try Validation(split, cutoff: 3, threadCount: 1)
            .score(model, batch: best.batch)
        #expect(again == best)

        // As long on everything: a training that ends at that share of its batches.
        var done = 0
        _ = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2,
            length: .share(Double(best.batch) / Double(last.batchCount))
        ) { progress in
            done = progress.batch
            #expect(progress.validation == nil)
        }
        let share = Double(done) / Double(last.batchCount)
        #expect(abs(share - Double(best.batch) / Double(last.batchCount)) < 0.1)
    }
}
