import Foundation
import LinearAlgebra

/// Item-to-item collaborative filtering with the cosine of co-occurrence.
///
/// cos(i, j) = |Uᵢ ∩ Uⱼ| / √(|Uᵢ| · |Uⱼ|), where Uᵢ are the users who took item i; each item keeps
/// its nearest neighbours, and a user's score for j is the sum of cos(i, j) over the items i that
/// the user took and among whose neighbours j is. Equal scores rank by item index, ascending.
///
/// Source: Sarwar, Karypis, Konstan, Riedl, "Item-based collaborative filtering recommendation
/// algorithms", WWW 2001; Deshpande, Karypis, "Item-based top-N recommendation algorithms", ACM
/// TOIS 22(1), 2004.
public struct ItemCosineRanker: Sendable {
    /// The neighbours of each item with their cosines, best first.
    public let neighbours: RankedLists

    /// Counts co-occurrences and keeps the nearest neighbours of each item.
    ///
    /// - Parameters:
    ///   - positives: The items that each user took, one strictly ascending list per user.
    ///   - itemCount: The size of the catalogue.
    ///   - neighbourCount: Neighbours kept for each item.
    ///   - threadCount: Threads at work; the result does not depend on it.
    /// - Complexity: O(Σ h²) for histories of h items; memory 16 bytes a neighbour kept while
    ///   building and 8 after, and 8 bytes an item for each thread.
    public init(
        positives: IndexLists, itemCount: Int, neighbourCount: Int = 200,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        precondition(positives.isStrictlyAscending, "positives must ascend in every row")
        precondition(neighbourCount >= 0, "\(neighbourCount) neighbours")
        let takers = positives.transposed(columnCount: itemCount)
        let lists = parallelMap(of: itemCount, chunkSize: 256, threadCount: threadCount) {
            _, items in
            var row = SparseAccumulator(count: itemCount)
            return items.map { item in
                let itemTakers = Double(takers[item].count)
                for user in takers[item] {
                    for other in positives[Int(user)] { row.add(1, at: other) }
                }
                return row.drain(largest: neighbourCount) { other, together in
                    if Int(other) == item { return nil }
                    let otherTakers = Double(takers[Int(other)].count)
                    return together / (itemTakers * otherTakers).squareRoot()
                }
            }
        }
        neighbours = RankedLists(sortedKeys: Array(lists.joined()))
    }

    /// The k best items of each user among the neighbours of what the user took.
    ///
    /// Lists are shorter where the histories lead to fewer items, and empty without a history.
    ///
    /// - Parameters:
    ///   - k: The length of the lists.
    ///   - histories: The items that each user took.
    ///   - excluded: Items to leave out; one list per user.
    ///   - threadCount: Threads at work; the result does not depend on it.
    public func rank(
        k: Int, histories: IndexLists, excluding excluded: IndexLists,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) -> RankedLists {
        precondition(k >= 0, "lists of \(k) items")
        precondition(
            histories.count == excluded.count,
            "\(histories.count) histories with \(excluded.count) lists of excluded items")
        let lists = parallelMap(of: histories.count, chunkSize: 256, threadCount: threadCount) {
            _, users in
            var row = SparseAccumulator(count: neighbours.count)
            return users.map { user in
                for item in histories[user] { addNeighbours(of: item, to: &row) }
                let left = Set(excluded[user])
                return row.drain(largest: k) { item, score in
                    left.contains(item) ? nil : score
                }
            }
        }
        return RankedLists(sortedKeys: Array(lists.joined()))
    }

    private func addNeighbours(of item: UInt32, to row: inout SparseAccumulator) {
        let (start, end) = (
            neighbours.items.offsets[Int(item)], neighbours.items.offsets[Int(item) + 1]
        )
        for position in start..<end {
            row.add(neighbours.scores[position], at: neighbours.items.values[position])
        }
    }
}
