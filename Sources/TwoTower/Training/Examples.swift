import Foundation
import LinearAlgebra
import NeuralNetwork

/// One positive: an event of a user; what stands before it in the sequence is the history.
struct Example: Sendable, Equatable {
    let user: Int32
    /// The position of the event in the sequences of all users.
    let event: Int32
    let weight: Float
}

/// Examples that may share a batch: those of one day where item features change from day to day,
/// otherwise all.
struct ExampleGroup: Sendable {
    /// The day whose item features hold for all of them; the newest where there are none.
    let day: Int32
    /// By user, and by time within a user.
    let examples: [Example]
    /// How the examples spread over items.
    let popularity: ItemShares
}

/// Rows that are trained together, all of one group.
struct Batch: Sendable {
    let groupIndex: Int
    let examples: [Example]
}

/// All examples of a dataset, by group.
struct Examples: Sendable {
    let groups: [ExampleGroup]
    let count: Int
    /// How all examples spread over items.
    let shares: ItemShares
    private let sequences: Sequences
    private let historyLength: Int
    private let sharesHistories: Bool

    init(_ dataset: TwoTowerDataset, _ configuration: TwoTowerConfiguration) throws(ModelError) {
        let sequences = dataset.sequences
        self.sequences = sequences
        historyLength = configuration.historyLength
        sharesHistories = configuration.historyEncoding.isSequential
        var byDay: [Int32: [Example]] = [:]
        let newestDay = sequences.days.max() ?? 0
        let areExamples = dataset.areExamples(withRepeats: configuration.trainsOnRepeats)
        for user in 0..<sequences.userCount {
            let own = sequences.events(of: user).filter { areExamples[$0] }
            let vote = pow(Float(max(own.count, 1)), -configuration.userWeightExponent)
            for event in own {
                let day = sequences.days[event]
                let age = Float(newestDay - day)
                let recency =
                    configuration.exampleHalfLife > 0
                    ? exp2(-age / configuration.exampleHalfLife) : 1
                let product = sequences.weights[event] * vote * recency
                // So old that it would count for nothing.
                guard product > 0 else { continue }
                byDay[dataset.numericFeatures == nil ? newestDay : day, default: []].append(
                    Example(user: Int32(user), event: Int32(event), weight: product))
            }
        }
        groups = byDay.keys.sorted().map { day in
            let examples = byDay[day]!
            return ExampleGroup(
                day: day, examples: examples,
                popularity: ItemShares(examples.map { sequences.items[Int($0.event)] }))
        }
        count = groups.reduce(0) { $0 + $1.examples.count }
        shares =
            groups.count == 1
            ? groups[0].popularity
            : ItemShares(
                groups.flatMap { $0.examples.map { sequences.items[Int($0.event)] } })
        guard count > 0 else {
            throw ModelError(
                .invalidData, "no training examples",
                hint: "Events need a positive weight and a day from firstExampleDay on.")
        }
    }

    /// The number of batches of one epoch.
    func batchCount(batchSize: Int) -> Int {
        groups.reduce(0) { $0 + ($1.examples.count + batchSize - 1) / batchSize }
    }

    /// The most examples that share a history. Batches do not cut them, and so can be larger than
    /// asked for by one less; half a batch at most, so that no batch of a group is left empty.
    func runLimit(batchSize: Int) -> Int {
        sharesHistories ? max(1, min(historyLength, batchSize / 2)) : 1
    }

    /// The batches of one epoch: the runs of every group are shuffled and split evenly, then groups
    /// are mixed.
    func batches(batchSize: Int, using generator: inout SeededGenerator) -> [Batch] {
        var batches: [Batch] = []
        for (index, group) in groups.enumerated() {
            let parts = (group.examples.count + batchSize - 1) / batchSize
            let limit = runLimit(batchSize: batchSize)
            var examples: [Example] = []
            var (done, part) = (0, 1)
            for run in runs(group.examples, limit: limit).shuffled(using: &generator) {
                if done >= part * group.examples.count / parts {
                    batches.append(Batch(groupIndex: index, examples: examples))
                    examples.removeAll(keepingCapacity: true)
                    part += 1
                }
                examples += group.examples[run]
                done += run.count
            }
            batches.append(Batch(groupIndex: index, examples: examples))
        }
        return batches.shuffled(using: &generator)
    }

    /// Cuts examples into those that one pass over a history serves, each a run of one user.
    private func runs(_ examples: [Example], limit: Int) -> [Range<Int>] {
        guard limit > 1 else { return examples.indices.map { $0..<$0 + 1 } }
        var runs: [Range<Int>] = []
        var start = 0
        while start < examples.count {
            var end = start + 1
            while end < examples.count, end - start < limit,
                sequences.window(
                    first: examples[start], last: examples[end], length: historyLength) != nil
            { end += 1 }
            runs.append(start..<end)
            start = end
        }
        return runs
    }
}

extension TwoTowerDataset {
    /// Which events may be examples: of a weight, young enough, and the user's first of their item
    /// where repeats do not count.
    func areExamples(withRepeats: Bool) -> [Bool] {
        var areExamples = [Bool](repeating: false, count: sequences.items.count)
        var seen = [Int](repeating: -1, count: catalogue.itemCount)
        for user in 0..<sequences.userCount {
            for event in sequences.events(of: user) {
                let item = Int(sequences.items[event])
                areExamples[event] =
                    (withRepeats || seen[item] != user) && sequences.weights[event] > 0
                    && sequences.days[event] >= firstExampleDay
                seen[item] = user
            }
        }
        return areExamples
    }
}

extension Sequences {
    /// The events that serve as history of two examples, and of all between: the `length` events
    /// before the last, unless the first would be left with less than half of its own `length`.
    func window(first: Example, last: Example, length: Int) -> Range<Int>? {
        guard first.user == last.user, first.event <= last.event else { return nil }
        let (start, end) = (offsets[Int(first.user)], Int(last.event))
        let opening = max(start, end - length)
        let context = min(Int(first.event) - start, max(length / 2, 1))
        guard opening <= Int(first.event) - context else { return nil }
        return opening..<end
    }
}
