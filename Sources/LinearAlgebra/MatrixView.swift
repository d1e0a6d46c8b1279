/// A window on matrix values that someone else owns: rows `stride` values apart.
///
/// Views are made inside `Matrix.withView` or over a workspace, and must not outlive it.
// Sendable because workers read disjoint or constant rows, which their callers see to.
public struct MatrixView: @unchecked Sendable {
    /// The first value.
    public let base: UnsafePointer<Float>
    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// The distance between the starts of two rows, in values.
    public let stride: Int

    /// A window of `rows` × `columns` values, the first at `base`.
    public init(base: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int) {
        precondition(
            rows >= 0 && columns >= 0 && stride >= columns,
            "view of shape \(rows) × \(columns) with rows \(stride) apart")
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// The address of a row.
    @inlinable public func row(_ row: Int) -> UnsafePointer<Float> { base + row * stride }

    /// The window on some of the rows.
    public func rows(_ range: Range<Int>) -> MatrixView {
        precondition(range.upperBound <= rows, "rows \(range) of a view with \(rows)")
        return MatrixView(
            base: base + range.lowerBound * stride, rows: range.count, columns: columns,
            stride: stride)
    }

    /// The window on some of the columns.
    public func columns(_ range: Range<Int>) -> MatrixView {
        precondition(range.upperBound <= columns, "columns \(range) of a view with \(columns)")
        return MatrixView(
            base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }
}

/// A writable window on matrix values that someone else owns.
// Sendable because workers write disjoint rows, which their callers see to.
public struct MutableMatrixView: @unchecked Sendable {
    /// The first value.
    public let base: UnsafeMutablePointer<Float>
    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// The distance between the starts of two rows, in values.
    public let stride: Int

    /// A window of `rows` × `columns` values, the first at `base`.
    public init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
        precondition(
            rows >= 0 && columns >= 0 && stride >= columns,
            "view of shape \(rows) × \(columns) with rows \(stride) apart")
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// The same window, for reading.
    public var readOnly: MatrixView {
        MatrixView(base: base, rows: rows, columns: columns, stride: stride)
    }

    /// The address of a row.
    @inlinable public func row(_ row: Int) -> UnsafeMutablePointer<Float> { base + row * stride }

    /// The window on some of the rows.
    public func rows(_ range: Range<Int>) -> MutableMatrixView {
        precondition(range.upperBound <= rows, "rows \(range) of a view with \(rows)")
        return MutableMatrixView(
            base: base + range.lowerBound * stride, rows: range.count, columns: columns,
            stride: stride)
    }

    /// The window on some of the columns.
    public func columns(_ range: Range<Int>) -> MutableMatrixView {
        precondition(range.upperBound <= columns, "columns \(range) of a view with \(columns)")
        return MutableMatrixView(
            base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }
}
