import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

@Suite struct WarmStartTests {
    /// The mixed world; and the same with users, items, creators, tags and categories before and
    /// after those that were there, so that every index moves.
    private func worlds() throws -> (old: TwoTowerDataset, new: TwoTowerDataset) {
        let old = try Worlds.mixed()
        let items = old.catalogue.itemCount
        let shifted = { (values: [Int32], by: Int32) in values.map { $0 < 0 ? $0 : $0 + by } }
        let catalogue = try Catalogue(
            itemCount: items + 2, creatorCount: old.catalogue.creatorCount + 2,
            creators: [0] + shifted(old.catalogue.creators, 1)
                + [Int32(old.catalogue.creatorCount + 1)],
            tagCount: old.catalogue.tagCount + 1,
            tagOffsets: [0, 1] + old.catalogue.tagOffsets.dropFirst().map { $0 + 1 }
                + [old.catalogue.tags.count + 1],
            tags: [0] + shifted(old.catalogue.tags, 1))
        let numbers = try #require(old.numericFeatures)
        var values: [Float] = []
        for day in numbers.firstDay..<numbers.firstDay + Int32(numbers.dayCount) {
            values += [3, 3] + numbers.matrix(day: day).elements + [1, 5]
        }
        let sequences = old.sequences
        return (
            old,
            try TwoTowerDataset(
                catalogue: catalogue,
                numericFeatures: NumericFeatures(
                    names: numbers.names, firstDay: numbers.firstDay, dayCount: numbers.dayCount,
                    itemCount: items + 2, values: values),
                profiles: Profiles(
                    userCount: old.profiles.userCount + 1,
                    cardinalities: old.profiles.cardinalities.map { $0 + 1 },
                    codes: [0, 0] + shifted(old.profiles.codes, 1)),
                sequences: Sequences(
                    offsets: [0, 1] + sequences.offsets.dropFirst().map { $0 + 1 },
                    items: [0] + shifted(sequences.items, 1), days: [10] + sequences.days,
                    weights: [1] + sequences.weights))
        )
    }

    /// Where the new world's indexes were in the old one.
    private func start(_ model: TwoTowerModel, _ new: TwoTowerDataset) -> WarmStart {
        func map(_ count: Int, old: Int) -> [Int32] {
            (0..<count).map { $0 >= 1 && $0 <= old ? Int32($0 - 1) : -1 }
        }
        return WarmStart(
            model, users: map(new.sequences.userCount, old: model.userCount),
            items: map(new.catalogue.itemCount, old: model.itemCount),
            creators: map(new.catalogue.creatorCount, old: model.architecture.sizes.creators),
            tags: map(new.catalogue.tagCount, old: model.architecture.sizes.tags),
            profiles: zip(
                new.profiles.cardinalities, model.architecture.sizes.profileCardinalities
            ).map { map($0, old: $1) })
    }

    /// The new world in the indexes of the old one: what is new counts as unknown.
    private func oldView(
        of new: TwoTowerDataset, _ start: WarmStart
    ) throws -> (catalogue: Catalogue, profiles: Profiles) {
        let sizes = start.model.architecture.sizes
        // A new tag has an index beyond the old ones, where the model takes it for unknown.
        let tags = new.catalogue.tags.map { tag in
            start.tags[Int(tag)] < 0 ? Int32(sizes.tags) : start.tags[Int(tag)]
        }
        let creators = new.catalogue.creators.map { $0 < 0 ? -1 : start.creators[Int($0)] }
        let columns = new.profiles.cardinalities.count
        let codes = new.profiles.codes.enumerated().map { index, code in
            code < 0 ? -1 : start.profiles[index % columns][Int(code)]
        }
        return (
            try Catalogue(
                itemCount: new.catalogue.itemCount, creatorCount: sizes.creators,
                creators: creators, tagCount: sizes.tags + 1,
                tagOffsets: new.catalogue.tagOffsets, tags: tags),
            try Profiles(
                userCount: new.profiles.userCount, cardinalities: sizes.profileCardinalities,
                codes: codes)
        )
    }

    @Test(arguments: [true, false])
    func theFirstBatchFindsTheModelAsItWas(sharesTables: Bool) throws {
        let (old, new) = try worlds()
        var configuration = Worlds.configuration()
        configuration.sharesTables = sharesTables
        let model = try TwoTowerTrainer.train(
            old, configuration: configuration, seed: 3, threadCount: 1)
        let start = start(model, new)
        let training = try Training(new, configuration, seed: 4, threadCount: 1, start: start)
        let fresh = training.model(training.step.snapshot())

        // The old model, asked about the new world through the same maps.
        let features = new.numericFeatures?.matrix(day: 10)
        let unknown = try oldView(of: new, start)
        let expectedItems = try model.embedItems(
            unknown.catalogue, itemIds: start.items, features: features, threadCount: 1)
        let items = try fresh.embedItems(new.catalogue, features: features, threadCount: 1)
        #expect(items == expectedItems)
        let expectedUsers = try model.embedUsers(
            new.sequences, userIds: start.users, profiles: unknown.profiles,
            catalogue: unknown.catalogue, itemIds: start.items, threadCount: 1)
        let users = try fresh.embedUsers(
            new.sequences, profiles: new.profiles, catalogue: new.catalogue, threadCount: 1)
        #expect(users == expectedUsers)
    }

    @Test func aWarmStartIsBetterThanAColdOneAfterOneEpoch() throws {
        let (dataset, _) = try Worlds.checkerboard()
        var configuration = Worlds.configuration()
        configuration.userIdDimension = 0
        configuration.batchSize = 128
        configuration.epochs = 8
        let old = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)
        configuration.epochs = 1
        func loss(_ start: WarmStart?) throws -> Double {
            var loss = Double.infinity
            _ = try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 2, threadCount: 2, from: start
            ) { loss = $0.epochLoss }
            return loss
        }
        #expect(try loss(.same(old, dataset)) < loss(nil) - 0.1)
    }

    @Test func otherTowersAreRefusedInWords() throws {
        let dataset = try Worlds.mixed()
        let base = Worlds.interestConfiguration(.labelAware, count: 2)
        let model = try TwoTowerTrainer.train(
            dataset, configuration: base, seed: 1, threadCount: 1)
        let changes: [(String, (inout TwoTowerConfiguration) -> Void)] = [
            ("its tables differ", { $0.sharesTables.toggle() }),
            ("rows of its tag table are 3 wide, not 5", { $0.tagDimension = 5 }),
            ("its layers differ", { $0.userHiddenWidths = [7, 7] }),
            ("its item tower layer 1 is", { $0.itemHiddenWidths = [9] }),
            ("its history encoder differs", { $0.interestCount = 3 }),
            ("its towers read other inputs", { $0.usesHistoryContent.toggle() }),
            ("its histories are pooled in another way", { $0.historyHalfLife *= 2 }),
            ("its ids reach the embeddings directly", { $0.usesResidual = false }),
            ("it does not weigh its layers by a gate", { $0.usesGate = true }),
            ("its items have a bias", { $0.usesItemBias = false }),
            ("its score is an inner product", { $0.interaction = .cosine }),
            ("its temperature is 1.0, not 0.5", { $0.temperature = 0.5 }),
        ]
        for (words, change) in changes {
            var configuration = base
            change(&configuration)
            let error = #expect(throws: ModelError.self) {
                try TwoTowerTrainer.train(
                    dataset, configuration: configuration, seed: 1, threadCount: 1,
                    from: .same(model, dataset))
            }
            #expect(error?.code == .incompatibleModel)
            #expect(error?.message.contains(words) == true, "\(words)")
        }
    }

    /// Weights under a mean and under a recency-weighted mean have the same shapes and mean something
    /// else; under a mean, the half-life means nothing.
    @Test func historiesPooledInAnotherWayAreRefused() throws {
        let dataset = try Worlds.mixed()
        func start(
            _ old: TwoTowerConfiguration.HistoryEncoding,
            _ new: TwoTowerConfiguration.HistoryEncoding, halfLifeFactor: Float = 1
        ) throws -> String? {
            var configuration = Worlds.configuration()
            configuration.historyEncoding = old
            let model = try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 1)
            configuration.historyEncoding = new
            configuration.historyHalfLife *= halfLifeFactor
            do {
                _ = try Training(
                    dataset, configuration, seed: 1, threadCount: 1, start: .same(model, dataset))
                return nil
            } catch {
                #expect(error.code == .incompatibleModel)
                return error.message
            }
        }
        for (old, new) in [(.mean, .recencyWeightedMean), (.recencyWeightedMean, .mean)]
            as [(TwoTowerConfiguration.HistoryEncoding, TwoTowerConfiguration.HistoryEncoding)]
        {
            #expect(
                try start(old, new)?.hasSuffix("its histories are pooled in another way") == true)
        }
        #expect(
            try start(.recencyWeightedMean, .recencyWeightedMean, halfLifeFactor: 2)?
                .hasSuffix("its histories are pooled in another way") == true)
        #expect(try start(.mean, .mean, halfLifeFactor: 2) == nil)
    }

    @Test func pairsOfCategoriesNeedTheirIndexes() throws {
        let (old, new) = try worlds()
        var configuration = Worlds.configuration()
        configuration.crossBuckets = 20
        let model = try TwoTowerTrainer.train(
            old, configuration: configuration, seed: 3, threadCount: 1)
        let training = try Training(
            old, configuration, seed: 4, threadCount: 1, start: .same(model, old))
        let fresh = training.model(training.step.snapshot())
        #expect(fresh.parameters.tables == model.parameters.tables)
        // Each category has moved by one.
        let error = #expect(throws: ModelError.self) {
            try Training(
                new, configuration, seed: 4, threadCount: 1, start: self.start(model, new))
        }
        #expect(error?.code == .incompatibleModel)
        #expect(
            error?.message.hasSuffix(
                "its profile cross table are hashes of categories that have other indexes now")
                == true)
        configuration.crossBuckets = 21
        let other = #expect(throws: ModelError.self) {
            try Training(
                old, configuration, seed: 4, threadCount: 1, start: .same(model, old))
        }
        #expect(other?.message.hasSuffix("its profile cross table has 20 rows, not 21") == true)
    }

    @Test func aMapThatDoesNotFitIsRefused() throws {
        let dataset = try Worlds.mixed()
        let model = try TwoTowerTrainer.train(
            dataset, configuration: Worlds.configuration(), seed: 1, threadCount: 1)
        let right = WarmStart.same(model, dataset)
        for items in [Array(right.items.dropLast()), right.items.map { $0 + 2 }] {
            let error = #expect(throws: ModelError.self) {
                try TwoTowerTrainer.train(
                    dataset, configuration: Worlds.configuration(), seed: 1, threadCount: 1,
                    from: WarmStart(
                        model, users: right.users, items: items, creators: right.creators,
                        tags: right.tags, profiles: right.profiles))
            }
            #expect(error?.message == "map of the item table does not fit the two trainings")
        }
    }
}
