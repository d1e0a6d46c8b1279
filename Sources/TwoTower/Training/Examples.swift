import Foundation
import LinearAlgebra

/// One positive: an event of a user; what stands before it in the sequence is the history.
struct Example: Sendable, Equatable {
    let user: Int32
    /// The position of the event in the sequences of all users.
    let event: Int32
    let weight: Float
}

/// The examples of one day.
struct ExampleDay: Sendable {
    let day: Int32
    let examples: [Example]
    let popularity: ItemShares
}

/// Rows that are trained together, all of one day, so that item features are those of that day.
struct Batch: Sendable {
    let dayIndex: Int
    let examples: [Example]
}

/// All examples of a dataset, by day.
struct Examples: Sendable {
    let days: [ExampleDay]
    let count: Int
    /// How all examples spread over items.
    let shares: ItemShares

    init(_ dataset: TwoTowerDataset, _ configuration: TwoTowerConfiguration) throws(TwoTowerError) {
        let sequences = dataset.sequences
        var byDay: [Int32: [Example]] = [:]
        let newestDay = sequences.days.max() ?? 0
        var seen = [Int32](repeating: -1, count: dataset.catalogue.itemCount)
        for user in 0..<sequences.userCount {
            var own: [(event: Int, weight: Float)] = []
            for event in sequences.offsets[user]..<sequences.offsets[user + 1] {
                let item = Int(sequences.items[event])
                let isRepeat = seen[item] == user
                seen[item] = Int32(user)
                guard sequences.days[event] >= dataset.firstExampleDay,
                    sequences.weights[event] > 0, configuration.trainsOnRepeats || !isRepeat
                else { continue }
                own.append((event, sequences.weights[event]))
            }
            let vote = pow(Float(max(own.count, 1)), -configuration.userWeightExponent)
            for (event, weight) in own {
                let day = sequences.days[event]
                let age = Float(newestDay - day)
                let recency =
                    configuration.exampleHalfLife > 0
                    ? exp2(-age / configuration.exampleHalfLife) : 1
                let product = weight * vote * recency
                // So old that it would count for nothing.
                guard product > 0 else { continue }
                byDay[day, default: []].append(
                    Example(user: Int32(user), event: Int32(event), weight: product))
            }
        }
        days = byDay.keys.sorted().map { day in
            let examples = byDay[day]!
            return ExampleDay(
                day: day, examples: examples,
                popularity: ItemShares(examples.map { sequences.items[Int($0.event)] }))
        }
        count = days.reduce(0) { $0 + $1.examples.count }
        shares = ItemShares(
            days.flatMap { $0.examples.map { sequences.items[Int($0.event)] } })
        guard count > 0 else {
            throw TwoTowerError(
                .invalidData, "no training examples",
                hint: "Events need a positive weight and a day from firstExampleDay on.")
        }
    }

    /// The number of batches of one epoch.
    func batchCount(batchSize: Int) -> Int {
        days.reduce(0) { $0 + ($1.examples.count + batchSize - 1) / batchSize }
    }

    /// The batches of one epoch: every day is shuffled and split evenly, then days are mixed.
    func batches(batchSize: Int, using generator: inout SeededGenerator) -> [Batch] {
        var batches: [Batch] = []
        for (index, day) in days.enumerated() {
            let shuffled = day.examples.shuffled(using: &generator)
            let parts = (shuffled.count + batchSize - 1) / batchSize
            for part in 0..<parts {
                let range = part * shuffled.count / parts..<(part + 1) * shuffled.count / parts
                batches.append(Batch(dayIndex: index, examples: Array(shuffled[range])))
            }
        }
        return batches.shuffled(using: &generator)
    }
}
