import NeuralNetwork
import Testing

@testable import TwoTower

/// A checkpoint is of its inputs: a training of others does not take it up.
@Suite struct CheckpointInputTests {
    /// The values of a dataset, open to change.
    private struct Parts {
        var creators, tags, codes, shown: [Int32]
        var texts: [String]
        var vectors, profileNumbers, numbers, weights: [Float]
        private let base: TwoTowerDataset

        init(_ dataset: TwoTowerDataset) throws {
            base = dataset
            let catalogue = dataset.catalogue
            (creators, tags) = (catalogue.creators, catalogue.tags)
            texts = try #require(catalogue.texts)
            vectors = catalogue.contents[0].values
            (codes, profileNumbers) = (dataset.profiles.codes, dataset.profiles.numbers)
            numbers = try #require(dataset.numericFeatures).values
            weights = dataset.sequences.weights
            shown = try #require(dataset.impressions).items
        }

        func dataset() throws -> TwoTowerDataset {
            let (catalogue, content) = (base.catalogue, base.catalogue.contents[0])
            let (profiles, sequences) = (base.profiles, base.sequences)
            let features = try #require(base.numericFeatures)
            let impressions = try #require(base.impressions)
            return try TwoTowerDataset(
                catalogue: Catalogue(
                    itemCount: catalogue.itemCount, creatorCount: catalogue.creatorCount,
                    creators: creators, tagCount: catalogue.tagCount,
                    tagOffsets: catalogue.tagOffsets, tags: tags, texts: texts,
                    contents: [
                        ContentVectors(
                            name: content.name, width: content.width,
                            itemCount: content.itemCount, values: vectors)
                    ]),
                numericFeatures: NumericFeatures(
                    names: features.names, firstDay: features.firstDay,
                    dayCount: features.dayCount, itemCount: features.itemCount, values: numbers),
                profiles: Profiles(
                    userCount: profiles.userCount, cardinalities: profiles.cardinalities,
                    codes: codes, numberNames: profiles.numberNames, numbers: profileNumbers),
                sequences: Sequences(
                    offsets: sequences.offsets, items: sequences.items, days: sequences.days,
                    weights: weights),
                impressions: Impressions(
                    offsets: impressions.offsets, items: shown, days: impressions.days))
        }
    }

    @Test func theCheckpointOfOtherInputsIsRefused() throws {
        let original = try Parts(Worlds.mixed(users: 30, items: 40, hasContent: true))
        let store = MemoryStore()
        func train(_ dataset: TwoTowerDataset) throws {
            _ = try TwoTowerTrainer.train(
                dataset, configuration: Worlds.configuration(), seed: 5, threadCount: 1,
                checkpoints: Checkpointing(store, every: .zero))
        }
        try train(original.dataset())
        try train(original.dataset())
        // One value of each input.
        let changes: [(String, (inout Parts) -> Void)] = [
            ("creator", { $0.creators[1] = $0.creators[1] == 0 ? 1 : 0 }),
            ("tag", { $0.tags[0] = $0.tags[0] == 0 ? 1 : 0 }),
            ("text", { $0.texts[1] = "Another" }),
            ("vector", { $0.vectors[1] += 1 }),
            ("category", { $0.codes[0] = $0.codes[0] == 0 ? 1 : 0 }),
            ("number of a user", { $0.profileNumbers[1] += 1 }),
            ("number of an item", { $0.numbers[0] += 1 }),
            ("weight", { $0.weights[0] += 1 }),
            ("impression", { $0.shown[0] = $0.shown[0] == 0 ? 1 : 0 }),
        ]
        for (name, change) in changes {
            var parts = original
            change(&parts)
            let error = #expect(throws: ModelError.self, "\(name)") {
                try train(parts.dataset())
            }
            #expect(error?.message == "checkpoint is of another training", "\(name)")
        }
    }
}
