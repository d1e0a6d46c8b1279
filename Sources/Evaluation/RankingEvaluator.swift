import Foundation
import LinearAlgebra

/// Measures ranked lists against truth, block by block.
///
/// ```swift
/// var evaluator = RankingEvaluator(metrics: [.recall(at: 50), .ndcg(at: 20)], itemCount: 7_583)
/// try evaluator.add(lists.items, truth: truth)
/// let report = evaluator.evaluation().report(bootstrap: Bootstrap(seed: 1))
/// ```
///
/// Memory: 4 bytes a user and metric, 8 bytes an item and distinct catalogue cutoff; the lists
/// themselves are not kept.
public struct RankingEvaluator: Sendable {
    private let metrics: [RankingMetric]
    private let catalogue: [CatalogueMetric]
    private let itemCount: Int
    private let popularity: [Double]
    private let traits: ItemTraits?
    private let threadCount: Int
    private let discounts: DiscountTable
    private var rowCount = 0
    private var users: [Int] = []
    private var values: [[Float]]
    private var exposures: [Int: [Int]]

    /// An evaluator that has seen nothing.
    ///
    /// - Parameters:
    ///   - metrics: What to measure per user.
    ///   - catalogue: What to measure over all lists.
    ///   - itemCount: The size of the catalogue.
    ///   - popularity: A value per item, for `CatalogueMetric.meanPopularity` alone.
    ///   - traits: Of all items, for `RankingMetric.novelty` and `RankingMetric.intraListDiversity`
    ///     alone.
    ///   - threadCount: Threads at work; results do not depend on it.
    public init(
        metrics: [RankingMetric], catalogue: [CatalogueMetric] = [], itemCount: Int,
        popularity: [Double] = [], traits: ItemTraits? = nil,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        precondition(itemCount >= 0, "catalogue of \(itemCount) items")
        precondition(
            metrics.allSatisfy { $0.cutoff > 0 } && catalogue.allSatisfy { $0.cutoff > 0 },
            "a metric at no ranks")
        let needsPopularity = catalogue.contains {
            if case .meanPopularity = $0 { true } else { false }
        }
        precondition(
            popularity.count == itemCount || (popularity.isEmpty && !needsPopularity),
            "\(popularity.count) popularities for \(itemCount) items")
        precondition(
            traits.map { $0.itemCount == itemCount } ?? !metrics.contains { $0.needsTraits },
            "traits of \(traits?.itemCount ?? 0) items for \(itemCount)")
        self.metrics = metrics
        self.catalogue = catalogue
        self.itemCount = itemCount
        self.popularity = popularity
        self.traits = traits
        self.threadCount = threadCount
        discounts = DiscountTable(ranks: metrics.map(\.cutoff).max() ?? 0)
        values = [[Float]](repeating: [], count: metrics.count)
        exposures = Dictionary(
            catalogue.map { ($0.cutoff, [Int](repeating: 0, count: itemCount)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Measures the lists of a block of users, which follow those added before.
    ///
    /// - Parameters:
    ///   - lists: Items in order of rank, one list per user; short and empty lists are welcome.
    ///   - truth: The distinct items that each user took, in any order.
    /// - Throws: `EvaluationError` when a list or a truth repeats an item or leaves the catalogue;
    ///   nothing is added then.
    public mutating func add(_ lists: IndexLists, truth: IndexLists) throws {
        guard lists.count == truth.count else {
            throw EvaluationError.lengthMismatch("truths", truth.count, expected: lists.count)
        }
        let results = parallelMap(of: lists.count, chunkSize: 512, threadCount: threadCount) {
            [self] _, rows in
            measure(rows, of: lists, truth: truth)
        }
        let chunks = try results.map { try $0.get() }
        for chunk in chunks {
            users += chunk.users
            for metric in metrics.indices { values[metric] += chunk.values[metric] }
        }
        for (cutoff, _) in exposures { countExposures(of: lists, cutoff: cutoff) }
        rowCount += lists.count
    }

    /// What was measured so far.
    public func evaluation() -> RankingEvaluation {
        let shown = catalogue.compactMap { metric in
            metric.value(exposures: exposures[metric.cutoff]!, popularity: popularity).map {
                MetricValue(
                    name: metric.name, k: metric.cutoff, value: $0, lower: nil, upper: nil,
                    userCount: rowCount)
            }
        }
        return RankingEvaluation(
            metrics: metrics, rowCount: rowCount, users: users, values: values,
            catalogueValues: shown)
    }

    private struct ChunkResult {
        var users: [Int] = []
        var values: [[Float]]
    }

    private func measure(
        _ rows: Range<Int>, of lists: IndexLists, truth: IndexLists
    ) -> Result<ChunkResult, EvaluationError> {
        var result = ChunkResult(values: [[Float]](repeating: [], count: metrics.count))
        var hitRanks: [Int] = []
        for row in rows {
            let list = lists[row]
            let relevant = truth[row].sorted()
            let listed = list.sorted()
            if hasRepetition(listed) { return .failure(.duplicateItem(row: rowCount + row)) }
            if hasRepetition(relevant) { return .failure(.duplicateTruth(row: rowCount + row)) }
            if Int(listed.last ?? 0) >= itemCount && !listed.isEmpty
                || Int(relevant.last ?? 0) >= itemCount && !relevant.isEmpty
            {
                return .failure(.unknownItem(row: rowCount + row, itemCount: itemCount))
            }
            if relevant.isEmpty { continue }
            hitRanks.removeAll(keepingCapacity: true)
            for (rank, item) in list.enumerated() where contains(relevant, item) {
                hitRanks.append(rank)
            }
            result.users.append(rowCount + row)
            for (position, metric) in metrics.enumerated() {
                result.values[position].append(
                    metric.value(
                        of: list, hitRanks: hitRanks, truthCount: relevant.count,
                        discounts: discounts, traits: traits))
            }
        }
        return .success(result)
    }

    private func hasRepetition(_ sorted: [UInt32]) -> Bool {
        zip(sorted, sorted.dropFirst()).contains { $0 == $1 }
    }

    private func contains(_ sorted: [UInt32], _ item: UInt32) -> Bool {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == item
    }

    private mutating func countExposures(of lists: IndexLists, cutoff: Int) {
        var counts = exposures.removeValue(forKey: cutoff)!
        for row in 0..<lists.count {
            for item in lists[row].prefix(cutoff) { counts[Int(item)] += 1 }
        }
        exposures[cutoff] = counts
    }
}
