/// Lists of dense indexes, one per row, in compressed sparse row form.
///
/// ```swift
/// let positives = IndexLists([[3, 7], [], [0]])
/// positives[0]   // [3, 7]
/// ```
///
/// Memory: 8 bytes a row and 4 bytes a value.
public struct IndexLists: Sendable, Equatable {
    /// Where each row begins in `values`, and the end of the last; `count` + 1 of them.
    public let offsets: [Int]
    /// The indexes of all rows, row after row.
    public let values: [UInt32]

    /// Lists from their compressed form.
    ///
    /// - Precondition: `offsets` starts at 0, never falls and ends at `values.count`.
    public init(offsets: [Int], values: [UInt32]) {
        precondition(
            offsets.first == 0 && offsets.last == values.count,
            "\(offsets.count) offsets from \(offsets.first ?? -1) to \(offsets.last ?? -1) "
                + "for \(values.count) values")
        for row in 1..<max(offsets.count, 1) {
            precondition(offsets[row - 1] <= offsets[row], "offsets fall at row \(row - 1)")
        }
        self.offsets = offsets
        self.values = values
    }

    /// Lists from an array for each row.
    public init(_ lists: [[UInt32]]) {
        var offsets = [0]
        offsets.reserveCapacity(lists.count + 1)
        for list in lists { offsets.append(offsets[offsets.count - 1] + list.count) }
        self.init(offsets: offsets, values: lists.flatMap { $0 })
    }

    /// The sets that pairs (row, value) describe: each row ascending, repeated pairs once.
    ///
    /// - Precondition: `rows` and `values` are of equal length, every row below `rowCount`.
    /// - Complexity: O(n log m) for n pairs and rows of up to m values.
    public init(setsFromRows rows: [UInt32], values: [UInt32], rowCount: Int) {
        precondition(
            rows.count == values.count, "\(rows.count) rows for \(values.count) values")
        let grouped = Self.grouped(rows: rows, values: values, rowCount: rowCount)
        var offsets = [0]
        offsets.reserveCapacity(rowCount + 1)
        var kept: [UInt32] = []
        kept.reserveCapacity(values.count)
        for row in 0..<rowCount {
            let start = kept.count
            for value in grouped[row].sorted() where kept.count == start || kept.last != value {
                kept.append(value)
            }
            offsets.append(kept.count)
        }
        self.init(offsets: offsets, values: kept)
    }

    /// The number of rows.
    public var count: Int { offsets.count - 1 }

    /// The indexes of one row.
    public subscript(row: Int) -> ArraySlice<UInt32> {
        precondition(row >= 0 && row < count, "row \(row) of \(count) lists")
        return values[offsets[row]..<offsets[row + 1]]
    }

    /// Lists of rows that follow one another.
    public subscript(rows: Range<Int>) -> IndexLists {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) of \(count) lists")
        let (start, end) = (offsets[rows.lowerBound], offsets[rows.upperBound])
        return IndexLists(
            offsets: offsets[rows.lowerBound...rows.upperBound].map { $0 - start },
            values: Array(values[start..<end]))
    }

    /// Whether every row ascends without repetition.
    public var isStrictlyAscending: Bool {
        for row in 0..<count {
            let range = offsets[row]..<offsets[row + 1]
            for position in range.dropFirst() where values[position - 1] >= values[position] {
                return false
            }
        }
        return true
    }

    /// The largest index in any row, or nil when all are empty.
    public var largestIndex: UInt32? { values.max() }

    /// The rows that hold each index, ascending: the transpose of the incidence matrix.
    ///
    /// - Precondition: Every index is below `columnCount`.
    public func transposed(columnCount: Int) -> IndexLists {
        var rows = [UInt32](repeating: 0, count: values.count)
        for row in 0..<count {
            for position in offsets[row]..<offsets[row + 1] { rows[position] = UInt32(row) }
        }
        return Self.grouped(rows: values, values: rows, rowCount: columnCount)
    }

    /// Collects values by row with a counting sort, which keeps their order inside a row.
    private static func grouped(
        rows: [UInt32], values: [UInt32], rowCount: Int
    ) -> IndexLists {
        var offsets = [Int](repeating: 0, count: rowCount + 1)
        for row in rows {
            precondition(Int(row) < rowCount, "row \(row) of \(rowCount) lists")
            offsets[Int(row) + 1] += 1
        }
        for row in 0..<rowCount { offsets[row + 1] += offsets[row] }
        var next = offsets
        var grouped = [UInt32](repeating: 0, count: values.count)
        for (row, value) in zip(rows, values) {
            grouped[next[Int(row)]] = value
            next[Int(row)] += 1
        }
        return IndexLists(offsets: offsets, values: grouped)
    }
}
