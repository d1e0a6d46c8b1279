import Foundation
import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

@Suite struct TwoTowerTrainerTests {
    @Test(arguments: Sampling.allCases)
    func theThreadCountDoesNotChangeABit(sampling: Sampling) throws {
        // Several chunks of users, and of items where there are candidates enough.
        let dataset = try Worlds.mixed(seed: 4, users: 100, items: 300)
        var configuration = Worlds.configuration()
        configuration.batchSize = 300
        sampling.set(&configuration)
        configuration.epochs = 2
        let models = try [1, 2, 3].map {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 9, threadCount: $0)
        }
        #expect(models[0].parameters == models[1].parameters)
        #expect(models[0].parameters == models[2].parameters)
        let users = try models.map {
            try $0.embedUsers(
                dataset.sequences, profiles: dataset.profiles, catalogue: dataset.catalogue,
                threadCount: 1)
        }
        #expect(users[0] == users[2])
        let other = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 10, threadCount: 2)
        #expect(models[0].parameters != other.parameters)
    }

    @Test(arguments: [TwoTowerConfiguration.InterestAttention.labelAware, .maximum])
    func theThreadCountDoesNotChangeABitOfInterests(
        attention: TwoTowerConfiguration.InterestAttention
    ) throws {
        let dataset = try Worlds.mixed(seed: 4, users: 100, items: 300)
        var configuration = Worlds.interestConfiguration(attention, count: 3)
        configuration.batchSize = 300
        let models = try [1, 2, 3].map {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 9, threadCount: $0)
        }
        #expect(models[0].parameters == models[1].parameters)
        #expect(models[0].parameters == models[2].parameters)
    }

    @Test(
        arguments: [Sampling.inBatch, .mixed, .fullCatalogue],
        [TwoTowerConfiguration.Interaction.innerProduct, .cosine])
    func theWithheldSquareOfACheckerboardIsFound(
        sampling: Sampling,
        interaction: TwoTowerConfiguration.Interaction
    ) throws {
        var configuration = Worlds.checkerboardConfiguration()
        sampling.set(&configuration)
        configuration.interaction = interaction
        if interaction == .cosine { configuration.temperature = 0.2 }
        #expect(try Worlds.shareOfCheckerboardFound(configuration) >= 0.85)
    }

    @Test func numericFeaturesCarryPopularityToItemsWithoutAnId() throws {
        // On each day another half of the items is popular; the feature says which.
        var generator = SeededGenerator(seed: 6)
        let (items, dayCount, users) = (20, 6, 120)
        var values: [Float] = []
        for day in 0..<dayCount {
            for item in 0..<items { values.append(item % 2 == day % 2 ? 1 : 0) }
        }
        var (offsets, events, days): ([Int], [Int32], [Int32]) = ([0], [], [])
        for _ in 0..<users {
            for day in 0..<dayCount {
                let popular = 2 * generator.index(below: items / 2) + day % 2
                events.append(Int32(popular))
                days.append(Int32(day))
            }
            offsets.append(events.count)
        }
        let catalogue = try Catalogue(itemCount: items)
        let dataset = try TwoTowerDataset(
            catalogue: catalogue,
            numericFeatures: NumericFeatures(
                names: ["popular"], firstDay: 0, dayCount: dayCount, itemCount: items,
                values: values),
            sequences: Sequences(offsets: offsets, items: events, days: days))
        var configuration = Worlds.configuration()
        Sampling.fullCatalogue.set(&configuration)
        configuration.userIdDimension = 0
        configuration.epochs = 10
        configuration.denseLearningRate = 0.01
        configuration.itemIdDropout = 0.3
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 2, threadCount: 2)
        // Two items that training never saw.
        let grown = try Catalogue(itemCount: items + 2)
        let features = Matrix(
            rows: items + 2, columns: 1,
            elements: [Float](repeating: 0.5, count: items) + [1, 0])
        let embedded = try model.embedItems(grown, features: features, threadCount: 1)
        let user = try model.embedUsers(
            Sequences(offsets: [0, 0], items: [], days: []), catalogue: grown, threadCount: 1)
        let scores = user.multiplied(byTransposeOf: embedded)
        #expect(scores[0, items] > scores[0, items + 1] + 0.5)
    }

    @Test func progressCountsUpAndAThrownErrorStopsTheTraining() throws {
        struct Stop: Error {}
        let dataset = try Worlds.mixed()
        var reports: [TrainingProgress] = []
        #expect(throws: Stop.self) {
            try TwoTowerTrainer.train(
                dataset, configuration: Worlds.configuration(), seed: 1, threadCount: 1
            ) { progress in
                reports.append(progress)
                if progress.batch == 3 { throw Stop() }
            }
        }
        #expect(reports.map(\.batch) == [1, 2, 3])
        #expect(reports.map(\.epoch) == [1, 1, 2])
        #expect(reports.allSatisfy { $0.batchCount == 4 && $0.examplesPerSecond > 0 })
        #expect(reports.allSatisfy { $0.batchLoss.isFinite && $0.secondsLeft >= 0 })
    }

    @Test func aLossThatIsNotFiniteNamesTheLayer() throws {
        let training = try Training(
            try Worlds.mixed(), Worlds.configuration(), seed: 1, threadCount: 1)
        let layer = training.architecture.itemTower.perceptron.layers[0]
        training.step.parameters.dense[layer.offset] = .nan
        let error = #expect(throws: ModelError.self) {
            for batch in training.batches(epoch: 1) {
                _ = try training.train(batch, step: 1, rateShare: 1)
            }
        }
        #expect(error?.code == .diverged)
        #expect(error?.message.contains("item tower layer 1") == true)
    }

    @Test func anExplodingLossStopsTheTraining() throws {
        var configuration = Worlds.configuration()
        configuration.lossLimit = 1e-3
        let dataset = try Worlds.mixed()
        let error = #expect(throws: ModelError.self) {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 1)
        }
        #expect(error?.code == .diverged)
        #expect(error?.message.contains("grew beyond the limit") == true)
    }

    @Test func aBatchWithoutAnyNegativeHasNoLossAndNoGradient() throws {
        // One item for everybody: every other row is an accidental hit.
        let dataset = try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 3),
            sequences: Sequences(
                offsets: [0, 1, 2, 3], items: [2, 2, 2], days: [0, 0, 0]))
        var configuration = Worlds.configuration()
        Sampling.inBatch.set(&configuration)
        var losses: [Double] = []
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2
        ) { losses.append($0.batchLoss) }
        #expect(losses.allSatisfy { abs($0) < 1e-6 })
        #expect(model.parameters.dense.allSatisfy { $0.isFinite })
    }

    @Test func rowsAreMaskedAgainstAllItemsTheirUserHas() throws {
        // Each user has both items, so that either is masked for the other.
        let dataset = try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 2),
            sequences: Sequences(
                offsets: [0, 2, 4], items: [0, 1, 1, 0], days: [0, 0, 0, 0]))
        var configuration = Worlds.configuration()
        Sampling.fullCatalogue.set(&configuration)
        var losses: [Double] = []
        for masks in [true, false] {
            configuration.masksOwnEvents = masks
            _ = try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 1
            ) { if $0.batch == 1 { losses.append($0.batchLoss) } }
        }
        #expect(abs(losses[0]) < 1e-6)
        #expect(losses[1] > 0.1)
    }
}

@Suite struct ExamplesTests {
    private let sequences = try! Sequences(
        offsets: [0, 4, 5], items: [0, 1, 0, 2, 1], days: [1, 1, 2, 2, 2],
        weights: [1, 2, 1, 0, 1])

    /// With numeric features, so that days are groups.
    private func examples(
        first: Int32 = .min, _ change: (inout TwoTowerConfiguration) -> Void = { _ in }
    ) throws -> Examples {
        var configuration = TwoTowerConfiguration()
        change(&configuration)
        return try Examples(
            TwoTowerDataset(
                catalogue: Catalogue(itemCount: 3),
                numericFeatures: NumericFeatures(
                    names: ["views"], firstDay: 1, dayCount: 2, itemCount: 3,
                    values: [Float](repeating: 0, count: 6)),
                sequences: sequences, firstExampleDay: first),
            configuration)
    }

    @Test func withoutFeaturesByDayAllExamplesAreOneGroup() throws {
        let examples = try Examples(
            TwoTowerDataset(catalogue: Catalogue(itemCount: 3), sequences: sequences),
            TwoTowerConfiguration())
        #expect(examples.groups.map(\.day) == [2])
        #expect(examples.groups[0].examples.map(\.event) == [0, 1, 4])
    }

    @Test func repeatsAndWeightlessEventsAreHistoryOnly() throws {
        let examples = try examples()
        #expect(examples.groups.map(\.day) == [1, 2])
        #expect(examples.groups[0].examples.map(\.event) == [0, 1])
        #expect(examples.groups[1].examples.map(\.event) == [4])
        #expect(try self.examples { $0.trainsOnRepeats = true }.count == 4)
    }

    @Test func daysBeforeTheFirstAreHistoryOnly() throws {
        #expect(try examples(first: 2).count == 1)
    }

    @Test func weightsMultiply() throws {
        let examples = try examples {
            $0.exampleHalfLife = 1
            $0.userWeightExponent = 1
        }
        // User 0 has two examples, one day older than the newest.
        #expect(examples.groups[0].examples.map(\.weight) == [0.25, 0.5])
        #expect(examples.groups[1].examples.map(\.weight) == [1])
    }

    @Test func anEpochCoversEveryExampleOnceAndNeverMixesDays() throws {
        let examples = try examples { $0.trainsOnRepeats = true }
        var generator = SeededGenerator(seed: 1)
        let batches = examples.batches(batchSize: 1, using: &generator)
        #expect(batches.count == examples.batchCount(batchSize: 1))
        #expect(batches.flatMap(\.examples).map(\.event).sorted() == [0, 1, 2, 4])
        for batch in batches {
            #expect(
                batch.examples.allSatisfy {
                    sequences.days[Int($0.event)] == examples.groups[batch.groupIndex].day
                })
        }
    }

    @Test func noExamplesIsAnError() throws {
        let error = #expect(throws: ModelError.self) { try examples(first: 9) }
        #expect(error?.message == "no training examples")
    }
}
