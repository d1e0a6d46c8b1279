import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

@Suite struct TextFeaturesTests {
    private func hashes(_ text: String) -> [UInt64] {
        var hashes: [UInt64] = []
        TextFeatures.forEachHash(in: text) { hashes.append($0) }
        return hashes
    }

    private func hash(_ kind: UInt8, _ text: String) -> UInt64 {
        var hash = FNV1a()
        hash.add([kind] + Array(text.utf8))
        return hash.value
    }

    /// The test vectors of RFC 9923.
    @Test(arguments: [
        ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c),
        ("foobar", 0x8594_4171_f739_67e8),
    ])
    func theHashIsFNV1a(text: String, expected: UInt64) {
        var hash = FNV1a()
        hash.add(text.utf8)
        #expect(hash.value == expected)
    }

    @Test func aTextIsItsWordsAndTheirTrigrams() {
        #expect(
            hashes("Cat, a!") == [
                hash(0, "cat"), hash(1, "<ca"), hash(1, "cat"), hash(1, "at>"), hash(0, "a"),
                hash(1, "<a>"),
            ])
        #expect(hashes("") == [])
        #expect(hashes("… -- !") == [])
    }

    @Test(arguments: [
        ("Café", "cafe\u{301}"), ("ＣＡＦＥ", "cafe"), ("ПРИВЕТ", "привет"),
        ("one-two", "one two"), ("ﬁsh", "fish"),
    ])
    func formsOfATextThatReadAlikeAreOne(first: String, second: String) {
        #expect(hashes(first) == hashes(second))
        #expect(!hashes(first).isEmpty)
    }

    @Test func scriptsWithoutSpacesHaveTrigrams() {
        #expect(Set(hashes("短视频推荐")).intersection(hashes("视频推荐")).count == 3)
    }

    @Test func aBagHasEachRowOnceAndALengthOfOne() {
        let bags = TextBags(
            ["cat cat", "", "a cat sat on the mat"], buckets: 1 << 20, threadCount: 2)
        let shape = TableShape(name: "text", vocabulary: .words, rows: 1 << 20 + 1, width: 1)
        func entries(_ item: Int) -> [(row: UInt32, weight: Float)] {
            let bag = Bag()
            bags.append(item, shape, to: bag)
            return (0..<bag.count).map { (bag.rows[$0], bag.weights[$0]) }
        }
        #expect(entries(0).count == 4)
        #expect(entries(0).allSatisfy { $0.weight == 0.5 })
        #expect(entries(1).map(\.row) == [shape.unknownRow])
        #expect(entries(1).map(\.weight) == [1])
        let long = entries(2)
        #expect(Set(long.map(\.row)).count == long.count)
        #expect(abs(long.reduce(0) { $0 + $1.weight * $1.weight } - 1) < 1e-5)
        #expect(Set(entries(0).map(\.row)).isSubset(of: long.map(\.row)))
    }
}

@Suite struct ContentVectorsTests {
    @Test func vectorsAreScaledToLengthOne() throws {
        let vectors = try ContentVectors(
            name: "image", width: 2, itemCount: 4, values: [3, 4, 0, 0, 2e38, 0, 0, -1e-30])
        #expect(vectors.values == [0.6, 0.8, 0, 0, 1, 0, 0, -1])
        #expect(vectors.isKnown == [true, false, true, true])
    }

    @Test func vectorsThatContradictAreRefused() throws {
        let bad: [() throws -> Void] = [
            { _ = try ContentVectors(name: "x", width: 2, itemCount: 2, values: [1, 2, 3]) },
            { _ = try ContentVectors(name: "x", width: 0, itemCount: 2, values: []) },
            { _ = try ContentVectors(name: "x", width: 1, itemCount: 1, values: [.nan]) },
            { _ = try Catalogue(itemCount: 2, texts: ["one"]) },
            {
                _ = try Catalogue(
                    itemCount: 3, contents: [Worlds.vectors("x", width: 1, items: 2)])
            },
            {
                let vectors = try Worlds.vectors("x", width: 1, items: 2)
                _ = try Catalogue(itemCount: 2, contents: [vectors, vectors])
            },
        ]
        for body in bad {
            let error = #expect(throws: ModelError.self) { try body() }
            #expect(error?.code == .invalidData)
        }
    }
}

@Suite struct ColdItemTests {
    enum Content: String, CaseIterable { case text, vector }

    /// Items of two kinds, and users who like one of them. What an item is stands in its text or in
    /// its vector alone; the last items have no event at all.
    @Test(arguments: Content.allCases)
    func anItemWithoutEventsIsFoundByItsContent(content: Content) throws {
        let (items, cold, users) = (40, 10, 80)
        var generator = SeededGenerator(seed: 8)
        let words = [["red", "ruby", "crimson"], ["blue", "azure", "navy"]]
        let texts = (0..<items + cold).map { item in
            "item \(item): \(words[item % 2][generator.index(below: 3)])"
        }
        let vectors = try ContentVectors(
            name: "image", width: 4, itemCount: items + cold,
            values: (0..<items + cold).flatMap { item in
                [item % 2 == 0 ? 1 : -1, 0, 0, 0].map { $0 + 0.5 * generator.gaussian() }
            })
        let catalogue = try Catalogue(
            itemCount: items + cold, texts: content == .text ? texts : nil,
            contents: content == .vector ? [vectors] : [])
        var events: [Int32] = []
        for user in 0..<users {
            for _ in 0..<8 {
                events.append(Int32(2 * generator.index(below: items / 2) + user % 2))
            }
        }
        let sequences = try Sequences(
            offsets: (0...users).map { 8 * $0 }, items: events,
            days: [Int32](repeating: 0, count: events.count))
        var configuration = Worlds.configuration()
        configuration.userIdDimension = 0
        Sampling.inBatch.set(&configuration)
        configuration.textBuckets = 1 << 12
        configuration.tableDeviation = 0.1
        configuration.denseLearningRate = 0.01
        configuration.epochs = 12
        configuration.itemIdDropout = 0.3
        let model = try TwoTowerTrainer.train(
            TwoTowerDataset(catalogue: catalogue, sequences: sequences),
            configuration: configuration, seed: 1, threadCount: 2)
        // The ids of the last items were never drawn, so they say nothing: they are left out.
        let scores = try model.embedUsers(sequences, catalogue: catalogue, threadCount: 1)
            .multiplied(
                byTransposeOf: model.embedItems(
                    catalogue,
                    itemIds: (0..<Int32(items + cold)).map { $0 < items ? $0 : -1 },
                    threadCount: 1))
        let found = (0..<users).filter { user in
            let best = (items..<items + cold).max { scores[user, $0] < scores[user, $1] }!
            return best % 2 == user % 2
        }
        #expect(found.count >= users * 9 / 10)
    }
}
