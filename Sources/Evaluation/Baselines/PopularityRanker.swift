import Foundation
import LinearAlgebra

/// Ranks the same items for everyone: the most popular, less those that each user has had.
///
/// The baseline that a model must beat before anything else is believed of it. Equal counts rank
/// by item index, ascending.
public struct PopularityRanker: Sendable {
    private let order: [UInt32]
    private let counts: [Int]

    /// A ranker over a catalogue.
    ///
    /// - Parameter counts: How often each item was taken, by item index.
    public init(counts: [Int]) {
        self.counts = counts
        order = (0..<UInt32(counts.count)).sorted {
            let (a, b) = (counts[Int($0)], counts[Int($1)])
            return a == b ? $0 < $1 : a > b
        }
    }

    /// The k most popular items of each user, fewer where the catalogue runs out.
    ///
    /// - Parameters:
    ///   - k: The length of the lists.
    ///   - excluded: Items to leave out, one strictly ascending list per user.
    ///   - threadCount: Threads at work.
    /// - Returns: One list per list of `excluded`; the scores are the counts.
    /// - Complexity: O(k + |excluded|) a user, times the logarithm of |excluded|.
    public func rank(
        k: Int, excluding excluded: IndexLists,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) -> RankedLists {
        precondition(k >= 0, "lists of \(k) items")
        precondition(excluded.isStrictlyAscending, "excluded items must ascend in every row")
        let lists = parallelMap(of: excluded.count, chunkSize: 256, threadCount: threadCount) {
            _, users in
            users.map { top(k, excluding: excluded[$0]) }
        }
        return RankedLists(sortedKeys: Array(lists.joined()))
    }

    private func top(_ k: Int, excluding excluded: ArraySlice<UInt32>) -> [UInt64] {
        var keys: [UInt64] = []
        keys.reserveCapacity(min(k, order.count))
        let excluded = Set(excluded)
        for item in order {
            if keys.count == k { break }
            if excluded.contains(item) { continue }
            keys.append(RankingKey.make(score: Float(counts[Int(item)]), index: item))
        }
        return keys
    }
}
