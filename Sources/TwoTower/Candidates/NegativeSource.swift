import Foundation
import LinearAlgebra

/// What a source of negatives may look at: the examples of one batch, all of one group.
struct BatchPositives: Sendable {
    let examples: [Example]
    /// The item of each example.
    let items: [Int32]
    /// How the examples of the group spread over items.
    let popularity: ItemShares
    /// The day of the group.
    let day: Int32
    /// Batches trained, this one among them.
    let step: Int
}

/// Draws items that all rows of a batch compete with.
///
/// A source must know how often it draws each item: the log-Q correction stands on it.
protocol NegativeSource: Sendable {
    /// What reports call it.
    var name: String { get }
    /// Appends the items drawn for a batch; an item may come several times.
    func draw(
        for batch: BatchPositives, using generator: inout SeededGenerator,
        into items: inout [Int32])
    /// Turns the probabilities that other sources draw `items` for such a batch into those that
    /// others or this one do, K ← K + k (1 − K): k is that of at least one draw by this source.
    func include(
        _ items: [Int32], in batch: BatchPositives, into probabilities: inout [Double])
}

/// The positives of all rows: each of the B rows is an example of the group, and so has an item
/// with the share q that it has among them; the item is in the batch with 1 − (1 − q)^B.
struct InBatchNegatives: NegativeSource {
    let name = "in_batch"

    func draw(
        for batch: BatchPositives, using generator: inout SeededGenerator,
        into items: inout [Int32]
    ) {
        items.append(contentsOf: batch.items)
    }

    func include(
        _ items: [Int32], in batch: BatchPositives, into probabilities: inout [Double]
    ) {
        let table = InclusionTable(batch.popularity, draws: batch.items.count)
        for (index, item) in items.enumerated() {
            let missed = 1 - probabilities[index]
            probabilities[index] += table[batch.popularity.count(of: item)] * missed
        }
    }
}

/// Items of the catalogue, all with the same probability, with replacement.
struct UniformNegatives: NegativeSource {
    let count: Int
    let itemCount: Int

    let name = "uniform"

    func draw(
        for batch: BatchPositives, using generator: inout SeededGenerator,
        into items: inout [Int32]
    ) {
        for _ in 0..<count { items.append(Int32(generator.index(below: itemCount))) }
    }

    func include(
        _ items: [Int32], in batch: BatchPositives, into probabilities: inout [Double]
    ) {
        let inclusion = atLeastOnce(1 / Double(itemCount), draws: count)
        for index in items.indices {
            probabilities[index] += inclusion * (1 - probabilities[index])
        }
    }
}

/// Items in proportion to a power of the number of their examples, q ∝ n^α, with replacement
/// (α = 3/4: Mikolov et al. 2013). One without an example is never drawn.
struct PopularNegatives: NegativeSource {
    private let count: Int
    private let items: [Int32]
    private let table: AliasTable
    /// The probability that each item of the catalogue is drawn at least once.
    private let inclusion: [Float]

    let name = "popular"

    init(count: Int, exponent: Float, _ shares: ItemShares, itemCount: Int) {
        let counts = shares.counts
        let weights = counts.map { pow(Double($0.count), Double(exponent)) }
        let sum = weights.reduce(0, +)
        var inclusion = [Float](repeating: 0, count: itemCount)
        for (index, weight) in weights.enumerated() {
            inclusion[Int(counts[index].item)] = Float(atLeastOnce(weight / sum, draws: count))
        }
        self.count = count
        self.inclusion = inclusion
        items = counts.map(\.item)
        table = AliasTable(weights)
    }

    func draw(
        for batch: BatchPositives, using generator: inout SeededGenerator,
        into items: inout [Int32]
    ) {
        for _ in 0..<count { items.append(self.items[table.draw(using: &generator)]) }
    }

    func include(
        _ items: [Int32], in batch: BatchPositives, into probabilities: inout [Double]
    ) {
        for (index, item) in items.enumerated() {
            probabilities[index] += Double(inclusion[Int(item)]) * (1 - probabilities[index])
        }
    }
}
