/// Items in order of rank with their scores, one list per row; lists may be short or empty.
public struct RankedLists: Sendable, Equatable {
    /// The item indexes, best first.
    public let items: IndexLists
    /// The score of each entry of `items.values`, in the same order.
    public let scores: [Float]

    /// - Precondition: There is one score per item.
    public init(items: IndexLists, scores: [Float]) {
        precondition(
            items.values.count == scores.count,
            "\(items.values.count) items with \(scores.count) scores")
        self.items = items
        self.scores = scores
    }

    /// One list per array of keys, best first.
    public init(sortedKeys lists: [[UInt64]]) {
        var offsets = [0]
        offsets.reserveCapacity(lists.count + 1)
        var items: [UInt32] = []
        var scores: [Float] = []
        let total = lists.reduce(0) { $0 + $1.count }
        items.reserveCapacity(total)
        scores.reserveCapacity(total)
        for keys in lists {
            for key in keys {
                items.append(RankingKey.index(of: key))
                scores.append(RankingKey.score(of: key))
            }
            offsets.append(items.count)
        }
        self.init(items: IndexLists(offsets: offsets, values: items), scores: scores)
    }

    /// The lists of several blocks, one block after the other.
    public init(joining blocks: [RankedLists]) {
        var offsets = [0]
        for block in blocks {
            let start = offsets[offsets.count - 1]
            offsets.append(contentsOf: block.items.offsets.dropFirst().map { start + $0 })
        }
        self.init(
            items: IndexLists(offsets: offsets, values: blocks.flatMap(\.items.values)),
            scores: blocks.flatMap(\.scores))
    }

    /// The number of lists.
    public var count: Int { items.count }

    /// The scores of one list, best first.
    public func scores(of row: Int) -> ArraySlice<Float> {
        precondition(row >= 0 && row < count, "row \(row) of \(count) lists")
        return scores[items.offsets[row]..<items.offsets[row + 1]]
    }

    /// Lists of rows that follow one another.
    public subscript(rows: Range<Int>) -> RankedLists {
        let selected = items[rows]
        let start = items.offsets[rows.lowerBound]
        return RankedLists(
            items: selected, scores: Array(scores[start..<start + selected.values.count]))
    }
}
