import CKernels

/// Rows of a matrix with few values other than 0 (compressed sparse rows), in memory that someone
/// else owns.
///
/// Row r has the value `weights[k]` in column `indexes[k]` for k in `offsets[r] ..< offsets[r + 1]`;
/// a column that comes twice counts twice. A bag of table rows is one such row, and its pooled
/// vector the product with the table.
// Sendable because workers only read.
public struct SparseRows: @unchecked Sendable {
    let rows: vitrine_sparse_rows

    /// The number of rows.
    public var count: Int { rows.rows }

    /// - Parameters:
    ///   - count: The number of rows.
    ///   - offsets: Where the entries of each row start; `count` + 1 values, never falling.
    ///   - indexes: The column of each entry.
    ///   - weights: The value of each entry.
    public init(
        count: Int, offsets: UnsafePointer<Int>, indexes: UnsafePointer<UInt32>,
        weights: UnsafePointer<Float>
    ) {
        rows = vitrine_sparse_rows(
            rows: count, offsets: offsets, indexes: indexes, weights: weights,
            entries: offsets[count])
    }

    private init(_ rows: vitrine_sparse_rows) {
        self.rows = rows
    }

    /// Some of the rows.
    public func rows(_ range: Range<Int>) -> SparseRows {
        precondition(range.upperBound <= count, "rows \(range) of \(count)")
        var part = rows
        part.rows = range.count
        part.offsets = rows.offsets + range.lowerBound
        return SparseRows(part)
    }
}

extension Kernels {
    /// Writes the product of sparse rows with a matrix, whose row i starts at `base` + i · `stride`;
    /// shape `[rows.count, out.columns]`. `out` must not overlap the matrix.
    public func multiply(
        _ rows: SparseRows, _ base: UnsafePointer<Float>, stride: Int,
        into out: MutableMatrixView
    ) {
        precondition(out.rows == rows.count, "\(rows.count) sparse rows into \(out.rows)")
        withUnsafePointer(to: rows.rows) {
            table.pointee.sparse_product($0, base, stride, out.base, out.stride, out.columns)
        }
    }
}

extension NarrowKernels {
    /// Writes the product of sparse rows with a matrix, whose row i starts at `base` + i · `stride`;
    /// shape `[rows.count, out.columns]`. `out` must not overlap the matrix.
    public func multiply(
        _ rows: SparseRows, _ base: UnsafePointer<UInt16>, _ format: Format, stride: Int,
        into out: MutableMatrixView
    ) {
        precondition(out.rows == rows.count, "\(rows.count) sparse rows into \(out.rows)")
        withUnsafePointer(to: rows.rows) {
            kernels(format).sparse_product(
                $0, base, stride, out.base, out.stride, out.columns)
        }
    }
}
