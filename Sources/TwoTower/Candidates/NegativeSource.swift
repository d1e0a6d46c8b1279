import Foundation
import LinearAlgebra

/// What a source of negatives may look at: the positives of one batch, all of one group.
struct BatchPositives: Sendable {
    let items: [Int32]
    let day: Int32
    /// How the examples of the group spread over items.
    let popularity: ItemShares
    let itemCount: Int
}

/// Draws the items that the positives of a batch compete with.
///
/// A source must know how often it draws each item: the log-Q correction stands on it.
protocol NegativeSource: Sendable {
    /// Appends the items drawn for a batch; an item may come several times.
    func draw(
        for batch: BatchPositives, using generator: inout SeededGenerator,
        into items: inout [Int32])
    /// The probability that `item` is drawn at least once for such a batch.
    func inclusionProbability(of item: Int32, in batch: BatchPositives) -> Double
}

/// The positives of all rows: each of the B rows is an example of the group, and so has an item
/// with the share q that it has among them; the item is in the batch with 1 − (1 − q)^B.
struct InBatchNegatives: NegativeSource {
    func draw(
        for batch: BatchPositives, using generator: inout SeededGenerator,
        into items: inout [Int32]
    ) {
        items.append(contentsOf: batch.items)
    }

    func inclusionProbability(of item: Int32, in batch: BatchPositives) -> Double {
        atLeastOnce(batch.popularity.share(of: item), draws: batch.items.count)
    }
}

/// Items of the catalogue, all with the same probability, with replacement.
struct UniformNegatives: NegativeSource {
    let count: Int

    func draw(
        for batch: BatchPositives, using generator: inout SeededGenerator,
        into items: inout [Int32]
    ) {
        for _ in 0..<count { items.append(Int32(generator.index(below: batch.itemCount))) }
    }

    func inclusionProbability(of item: Int32, in batch: BatchPositives) -> Double {
        atLeastOnce(1 / Double(batch.itemCount), draws: count)
    }
}

/// Every item once: nothing is sampled, so that nothing is corrected.
struct FullCatalogueNegatives: NegativeSource {
    func draw(
        for batch: BatchPositives, using generator: inout SeededGenerator,
        into items: inout [Int32]
    ) {
        items.append(contentsOf: 0..<Int32(batch.itemCount))
    }

    func inclusionProbability(of item: Int32, in batch: BatchPositives) -> Double { 1 }
}

/// 1 − (1 − q)^n, without loss of digits for a small q.
private func atLeastOnce(_ q: Double, draws: Int) -> Double {
    q >= 1 ? (draws > 0 ? 1 : 0) : -expm1(Double(draws) * log1p(-q))
}

extension TwoTowerConfiguration {
    /// The sources that the configuration names.
    var negativeSources: [any NegativeSource] {
        switch negatives {
        case .inBatch: [InBatchNegatives()]
        case .mixed: [InBatchNegatives(), UniformNegatives(count: uniformNegatives)]
        case .fullCatalogue: [FullCatalogueNegatives()]
        }
    }

    /// The most candidates that a batch can have.
    func candidateLimit(itemCount: Int, batchLimit: Int) -> Int {
        switch negatives {
        case .inBatch: min(batchLimit, itemCount)
        case .mixed: min(batchLimit + uniformNegatives, itemCount)
        case .fullCatalogue: itemCount
        }
    }
}

/// How some training examples spread over items.
struct ItemShares: Sendable {
    private let items: [Int32]
    private let counts: [Int32]
    private let total: Int

    init(_ positives: [Int32]) {
        var items: [Int32] = []
        var counts: [Int32] = []
        for item in positives.sorted() {
            if items.last == item {
                counts[counts.count - 1] += 1
            } else {
                items.append(item)
                counts.append(1)
            }
        }
        self.items = items
        self.counts = counts
        total = positives.count
    }

    /// The share of an item among the examples, by binary search.
    func share(of item: Int32) -> Double {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if items[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low < items.count && items[low] == item ? Double(counts[low]) / Double(total) : 0
    }
}
