/// A dense matrix of single-precision numbers, row-major, as a value.
///
/// ```swift
/// let scores = users.multiplied(byTransposeOf: items)
/// ```
public struct Matrix: Sendable, Equatable {
    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// The values, row after row; `rows` × `columns` of them.
    public private(set) var elements: [Float]

    /// A matrix filled with one value.
    public init(rows: Int, columns: Int, repeating value: Float = 0) {
        precondition(rows >= 0 && columns >= 0, "matrix of shape \(rows) × \(columns)")
        self.rows = rows
        self.columns = columns
        elements = [Float](repeating: value, count: rows * columns)
    }

    /// A matrix that holds the given values, row after row.
    public init(rows: Int, columns: Int, elements: [Float]) {
        precondition(
            rows >= 0 && columns >= 0 && elements.count == rows * columns,
            "\(elements.count) values for a matrix of shape \(rows) × \(columns)")
        self.rows = rows
        self.columns = columns
        self.elements = elements
    }

    /// A matrix whose values a closure writes; they are zero before.
    public init(
        rows: Int, columns: Int, initializingWith body: (MutableMatrixView) throws -> Void
    ) rethrows {
        self.init(rows: rows, columns: columns)
        try withMutableView(body)
    }

    /// The value at a row and column.
    public subscript(row: Int, column: Int) -> Float {
        get {
            checkIndex(row, column)
            return elements[row * columns + column]
        }
        set {
            checkIndex(row, column)
            elements[row * columns + column] = newValue
        }
    }

    /// The values of one row.
    public subscript(row row: Int) -> ArraySlice<Float> {
        precondition(row >= 0 && row < rows, "row \(row) of a matrix with \(rows)")
        return elements[row * columns..<(row + 1) * columns]
    }

    /// The shape as text, for messages: `3 × 4`.
    public var shape: String { "\(rows) × \(columns)" }

    /// Calls the closure with a view that is valid only inside it.
    public func withView<Result>(_ body: (MatrixView) throws -> Result) rethrows -> Result {
        try elements.withUnsafeBufferPointer { buffer in
            try body(
                MatrixView(
                    base: buffer.baseAddress ?? UnsafePointer(Self.noElements), rows: rows,
                    columns: columns, stride: columns))
        }
    }

    /// Calls the closure with a writable view that is valid only inside it.
    public mutating func withMutableView<Result>(
        _ body: (MutableMatrixView) throws -> Result
    ) rethrows -> Result {
        let (rows, columns) = (rows, columns)
        return try elements.withUnsafeMutableBufferPointer { buffer in
            try body(
                MutableMatrixView(
                    base: buffer.baseAddress ?? Self.noElements, rows: rows, columns: columns,
                    stride: columns))
        }
    }

    private func checkIndex(_ row: Int, _ column: Int) {
        precondition(
            row >= 0 && row < rows && column >= 0 && column < columns,
            "element (\(row), \(column)) of a matrix of shape \(shape)")
    }

    // An address for views of empty matrices, never read or written.
    private static var noElements: UnsafeMutablePointer<Float> {
        UnsafeMutablePointer(bitPattern: MemoryLayout<Float>.alignment)!
    }
}
