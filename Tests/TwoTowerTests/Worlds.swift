import LinearAlgebra

@testable import TwoTower

/// Small made-up data with a known answer.
enum Worlds {
    /// Users and items of a checkerboard: an even user likes even items, an odd one odd items.
    /// Each user withholds one item of the right colour, never the same for neighbours.
    static func checkerboard(
        users: Int = 60, items: Int = 20
    ) throws -> (dataset: TwoTowerDataset, withheld: [Int32]) {
        var offsets = [0]
        var events: [Int32] = []
        var withheld: [Int32] = []
        for user in 0..<users {
            let own = stride(from: user % 2, to: items, by: 2).map(Int32.init)
            let hidden = (user / 2) % own.count
            withheld.append(own[hidden])
            // A rotation, so that no item is always the oldest.
            let kept = own.indices.filter { $0 != hidden }
            events += kept.indices.map { own[kept[($0 + user) % kept.count]] }
            offsets.append(events.count)
        }
        let sequences = try Sequences(
            offsets: offsets, items: events, days: [Int32](repeating: 0, count: events.count))
        return (
            try TwoTowerDataset(catalogue: Catalogue(itemCount: items), sequences: sequences),
            withheld
        )
    }

    /// Settings that learn the checkerboard and no more.
    static func checkerboardConfiguration() -> TwoTowerConfiguration {
        var configuration = configuration()
        configuration.userIdDimension = 0
        configuration.batchSize = 128
        // No longer than it takes: a withheld item is a false negative of its user, which a long
        // training learns by heart.
        configuration.epochs = 10
        configuration.denseLearningRate = 0.01
        configuration.tableDeviation = 0.1
        configuration.inputDropout = 0
        configuration.hiddenDropout = 0
        configuration.itemIdDropout = 0
        configuration.historyDropout = 0
        return configuration
    }

    /// The share of users of a checkerboard whose withheld item comes first among those that they
    /// do not have. Chance is 1 in 11; popularity says nothing, since all items are as popular.
    static func shareOfCheckerboardFound(
        _ configuration: TwoTowerConfiguration
    ) throws -> Double {
        let (dataset, withheld) = try checkerboard()
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)
        let items = try model.embedItems(dataset.catalogue, threadCount: 1)
        let users = try model.embedUsers(
            dataset.sequences, catalogue: dataset.catalogue, threadCount: 1)
        let scores = users.multiplied(byTransposeOf: items)
        let found = withheld.indices.filter { user in
            let seen = dataset.sequences.items[
                dataset.sequences.offsets[user]..<dataset.sequences.offsets[user + 1]]
            let open = (0..<Int32(dataset.catalogue.itemCount)).filter { !seen.contains($0) }
            return open.max { scores[user, Int($0)] < scores[user, Int($1)] } == withheld[user]
        }
        return Double(found.count) / Double(withheld.count)
    }

    /// Questions and answers: every user asks all questions, in an order of their own, and gets the
    /// answer to the last, which is item `questions` + its number. So all histories hold the same
    /// events, and only who knows which was the last can tell the answer. That of every second user is
    /// withheld; of the others it is the only example.
    static func questionsAndAnswers(
        users: Int = 800, questions: Int = 6
    ) throws -> (dataset: TwoTowerDataset, withheld: [Int32?]) {
        var generator = SeededGenerator(seed: 7)
        var (offsets, events, weights) = ([0], [Int32](), [Float]())
        var withheld: [Int32?] = []
        for user in 0..<users {
            let order = (0..<Int32(questions)).shuffled(using: &generator)
            let answer = order.last! + Int32(questions)
            events += order
            weights += order.map { _ in 0 }
            if user % 2 == 0 {
                events.append(answer)
                weights.append(1)
            }
            withheld.append(user % 2 == 0 ? nil : answer)
            offsets.append(events.count)
        }
        let sequences = try Sequences(
            offsets: offsets, items: events, days: [Int32](repeating: 0, count: events.count),
            weights: weights)
        return (
            try TwoTowerDataset(
                catalogue: Catalogue(itemCount: 2 * questions), sequences: sequences), withheld
        )
    }

    /// Users with two tastes each, drawn at random from those that there are: a taste is a group of
    /// items, of which a user likes all, and has had all but `withheldOfTaste` of each.
    ///
    /// Where tastes are points in three dimensions, one vector can rank both of a user before all others
    /// only if a plane cuts the two off: if they are an edge of the tastes' convex hull, which has
    /// at most 3 n − 6 of the n (n − 1) / 2 pairs.
    static func twoTastes(
        users: Int = 800, tastes: Int = 12, itemsOfTaste: Int = 6, withheldOfTaste: Int = 2
    ) throws -> (dataset: TwoTowerDataset, withheld: [[Int32]]) {
        var generator = SeededGenerator(seed: 17)
        var (offsets, events, withheld) = ([0], [Int32](), [[Int32]]())
        for _ in 0..<users {
            let own = (0..<tastes).shuffled(using: &generator).prefix(2)
            let liked = own.map { taste in
                (0..<itemsOfTaste).map { Int32(taste * itemsOfTaste + $0) }
                    .shuffled(using: &generator)
            }
            withheld.append(liked.flatMap { $0.prefix(withheldOfTaste) })
            events += liked.flatMap { $0.dropFirst(withheldOfTaste) }.shuffled(using: &generator)
            offsets.append(events.count)
        }
        let sequences = try Sequences(
            offsets: offsets, items: events, days: [Int32](repeating: 0, count: events.count))
        return (
            try TwoTowerDataset(
                catalogue: Catalogue(itemCount: tastes * itemsOfTaste), sequences: sequences),
            withheld
        )
    }

    /// A little of everything, at random: creators, tags, numbers by day, profiles, weights,
    /// impressions, a user without events, an item without creator or tags; on request texts and
    /// vectors of items, and numbers of users, not of all.
    static func mixed(
        seed: UInt64 = 1, users: Int = 9, items: Int = 12, hasContent: Bool = false
    ) throws -> TwoTowerDataset {
        var generator = SeededGenerator(seed: seed)
        var offsets = [0]
        var events: [Int32] = []
        var days: [Int32] = []
        var weights: [Float] = []
        for user in 0..<users {
            for event in 0..<(user == 3 ? 0 : 6) {
                events.append(Int32(generator.index(below: items)))
                days.append(Int32(10 + event / 3))
                weights.append(0.5 + generator.uniform())
            }
            offsets.append(events.count)
        }
        let tagCounts = (0..<items).map { $0 % 3 }
        let tagOffsets = tagCounts.reduce(into: [0]) { $0.append($0.last! + $1) }
        let catalogue = try Catalogue(
            itemCount: items, creatorCount: 4, creators: (0..<items).map { Int32($0 % 5) - 1 },
            tagCount: 5, tagOffsets: tagOffsets,
            tags: (0..<tagOffsets.last!).map { _ in Int32(generator.index(below: 5)) },
            texts: hasContent ? (0..<items).map { $0 % 4 == 0 ? "" : "Word \($0 % 3) hat" } : nil,
            contents: hasContent ? [vectors("image", width: 3, items: items)] : [])
        let features = try NumericFeatures(
            names: ["views", "age"], firstDay: 10, dayCount: 2, itemCount: items,
            values: (0..<2 * items * 2).map { _ in 3 + 2 * generator.gaussian() })
        let profiles = try Profiles(
            userCount: users, cardinalities: [3, 2],
            codes: (0..<users).flatMap { [Int32($0 % 4) - 1, Int32($0 % 2)] },
            numberNames: hasContent ? ["friends"] : [],
            numbers: hasContent ? (0..<users).map { $0 % 3 == 0 ? .nan : Float($0) } : [])
        let impressions = try Impressions(
            offsets: (0...users).map { 5 * $0 },
            items: (0..<5 * users).map { _ in Int32(generator.index(below: items)) },
            days: (0..<5 * users).map { Int32(10 + $0 % 5 / 3) })
        return try TwoTowerDataset(
            catalogue: catalogue, numericFeatures: features, profiles: profiles,
            sequences: Sequences(offsets: offsets, items: events, days: days, weights: weights),
            impressions: impressions)
    }

    /// A vector for each item but every fifth.
    static func vectors(_ name: String, width: Int, items: Int) throws -> ContentVectors {
        var generator = SeededGenerator(seed: 21)
        return try ContentVectors(
            name: name, width: width, itemCount: items,
            values: (0..<items).flatMap { item in
                (0..<width).map { _ in item % 5 == 2 ? 0 : 3 * generator.gaussian() }
            })
    }

    /// A small model with several interests.
    static func interestConfiguration(
        _ attention: TwoTowerConfiguration.InterestAttention, count: Int
    ) -> TwoTowerConfiguration {
        var configuration = configuration()
        configuration.historyEncoding = .attentionPooling
        configuration.interestCount = count
        configuration.interestAttention = attention
        return configuration
    }

    /// A small model without any random masks.
    static func configuration() -> TwoTowerConfiguration {
        var configuration = TwoTowerConfiguration()
        configuration.embeddingDimension = 6
        configuration.itemIdDimension = 6
        configuration.userIdDimension = 3
        configuration.creatorDimension = 4
        configuration.tagDimension = 3
        configuration.profileDimension = 3
        configuration.userHiddenWidths = [7]
        configuration.itemHiddenWidths = [8]
        configuration.historyLength = 4
        configuration.uniformNegatives = 8
        configuration.batchSize = 64
        configuration.warmUpBatches = 2
        configuration.epochs = 2
        configuration.tableDeviation = 0.5
        return configuration
    }
}
