import LinearAlgebra
public import NeuralNetwork

/// The features of some rows: contexts, or candidates.
public struct RankerFeatures: Sendable, Equatable {
    /// The number of rows.
    public let count: Int
    /// Numeric columns, NaN where a value is missing: shape `[count, numbers]`.
    public let numbers: Matrix
    /// Where the ids of each cell start in `ids`: cell row · categories + column, one value more than
    /// cells.
    public let idOffsets: [Int]
    /// The ids of all cells, row after row.
    public let ids: [Int64]

    /// Features with any number of ids in each cell.
    ///
    /// - Parameters:
    ///   - numbers: Shape `[count, numbers]`; NaN where a value is missing.
    ///   - idOffsets: Where the ids of each cell start, row after row and column after column.
    /// - Throws: `invalidData` when a number is infinite, or the offsets do not rise from 0 to the
    ///   number of ids in as many cells for every row.
    public init(numbers: Matrix, idOffsets: [Int], ids: [Int64]) throws(ModelError) {
        guard idOffsets.first == 0, idOffsets.last == ids.count,
            zip(idOffsets, idOffsets.dropFirst()).allSatisfy({ $0 <= $1 }),
            numbers.rows == 0
                ? idOffsets.count == 1 : (idOffsets.count - 1) % numbers.rows == 0
        else {
            throw ModelError(
                .invalidData, "offsets of ids do not rise from 0 to their total, row by row")
        }
        guard !numbers.elements.contains(where: \.isInfinite) else {
            throw ModelError(
                .invalidData, "a numeric feature is infinite",
                hint: "Use NaN for a value that is missing.")
        }
        count = numbers.rows
        self.numbers = numbers
        self.idOffsets = idOffsets
        self.ids = ids
    }

    /// Features with at most one id in each cell.
    ///
    /// - Parameter ids: Shape `[numbers.rows, categories]`; negative where there is none.
    /// - Throws: `invalidData` when a number is infinite or the ids do not fill the rows.
    public init(numbers: Matrix, ids: [Int64] = []) throws(ModelError) {
        var offsets = [0]
        offsets.reserveCapacity(ids.count + 1)
        var present: [Int64] = []
        for id in ids {
            if id >= 0 { present.append(id) }
            offsets.append(present.count)
        }
        try self.init(numbers: numbers, idOffsets: offsets, ids: present)
    }

    /// Some of the rows.
    public func rows(_ range: Range<Int>) -> RankerFeatures {
        let categories = categoryCount
        let cells = idOffsets[range.lowerBound * categories...range.upperBound * categories]
        let first = cells.first ?? 0
        return RankerFeatures(
            count: range.count,
            numbers: Matrix(
                rows: range.count, columns: numbers.columns,
                elements: Array(
                    numbers.elements[
                        range.lowerBound * numbers.columns..<range.upperBound * numbers.columns])),
            idOffsets: cells.map { $0 - first }, ids: Array(ids[first..<(cells.last ?? first)]))
    }

    private init(count: Int, numbers: Matrix, idOffsets: [Int], ids: [Int64]) {
        self.count = count
        self.numbers = numbers
        self.idOffsets = idOffsets
        self.ids = ids
    }

    /// The number of categorical columns.
    var categoryCount: Int { count == 0 ? 0 : (idOffsets.count - 1) / count }

    /// Whether the columns are those of a schema.
    func matches(_ columns: RankerColumns) -> Bool {
        numbers.columns == columns.numbers.count
            && (count == 0 || categoryCount == columns.categories.count)
    }
}
