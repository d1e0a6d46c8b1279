import Foundation
import LinearAlgebra

extension InvertedFile {
    /// The same file without some items; indexes stay.
    ///
    /// - Parameter items: Indexes below `itemCount`; those that are in no list change nothing.
    /// - Complexity: O(`entryCount` × `codeSize`).
    public func removing(items: some Sequence<UInt32>) throws -> InvertedFile {
        let removed = Set(items)
        return try merging(nil) { !removed.contains($0) }
    }

    /// The same file with more items, each in the list of its nearest centroid.
    ///
    /// An item that is there already is replaced: its vector has changed.
    ///
    /// - Parameters:
    ///   - items: Their indexes, ascending; `itemCount` grows to hold them.
    ///   - vectors: Their embeddings, shape `[items.count, D]`.
    ///   - threadCount: Threads at work.
    /// - Throws: `VectorIndexError` when an embedding is of another length, not finite or too
    ///   large.
    /// - Complexity: O(`items.count` × `L` × `D` + `entryCount` × `codeSize`).
    public func adding(
        items: [UInt32], vectors: Matrix,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws -> InvertedFile {
        precondition(
            items.count == vectors.rows, "\(vectors.rows) vectors of \(items.count) items")
        guard vectors.columns == dimension else {
            throw VectorIndexError.wrongDimension("item", vectors.columns, expected: dimension)
        }
        precondition(
            zip(items, items.dropFirst()).allSatisfy(<), "indexes of added items must ascend")
        guard !items.isEmpty else { return self }
        guard centroids.rows > 0 else {
            throw VectorIndexError.invalidParameters(
                "an inverted file without lists takes no items",
                hint: "Build the index from these items.")
        }
        let vectors = try ListEntries.prepared(vectors, similarity: parameters.similarity)
        let entries = ListEntries(
            of: vectors, items: items, centroids: centroids, coder: coder,
            threadCount: threadCount)
        let replaced = Set(items)
        return try merging(entries) { !replaced.contains($0) }
    }

    private func merging(
        _ added: ListEntries?, keeping isKept: (UInt32) -> Bool
    ) throws -> InvertedFile {
        let size = codeSize
        var offsets = [0]
        var items: [UInt32] = []
        var bytes: [UInt8] = []
        bytes.reserveCapacity(codes.count + (added?.codes.count ?? 0))
        for list in 0..<lists.count {
            var old = lists.offsets[list]
            let oldEnd = lists.offsets[list + 1]
            var new = added?.lists.offsets[list] ?? 0
            let newEnd = added?.lists.offsets[list + 1] ?? 0
            while old < oldEnd || new < newEnd {
                if new == newEnd || old < oldEnd && lists.values[old] < added!.lists.values[new] {
                    if isKept(lists.values[old]) {
                        items.append(lists.values[old])
                        bytes += codes[old * size..<(old + 1) * size]
                    }
                    old += 1
                } else {
                    if old < oldEnd && lists.values[old] == added!.lists.values[new] { old += 1 }
                    items.append(added!.lists.values[new])
                    bytes += added!.codes[new * size..<(new + 1) * size]
                    new += 1
                }
            }
            offsets.append(items.count)
        }
        let largest = added?.lists.largestIndex.map { Int($0) + 1 } ?? 0
        return try InvertedFile(
            parameters: parameters, itemCount: max(itemCount, largest), centroids: centroids,
            lists: IndexLists(offsets: offsets, values: items), quantiser: quantiser,
            codes: bytes)
    }
}
