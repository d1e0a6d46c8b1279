import LinearAlgebra

/// Makes an `ExactIndex` from item embeddings.
///
/// ```swift
/// let index = try ExactIndexBuilder(similarity: .innerProduct).build(items: embeddings)
/// let lists = try index.search(users, k: 100)
/// ```
public struct ExactIndexBuilder: Sendable {
    /// How users and items are compared.
    public let similarity: Similarity

    public init(similarity: Similarity = .innerProduct) {
        self.similarity = similarity
    }

    /// An index of all items, which are known by their row.
    ///
    /// - Parameter items: Item embeddings, shape `[N, D]`, below 2³² rows.
    /// - Throws: `VectorIndexError` when an embedding is not finite or too large.
    public func build(items: Matrix) throws -> ExactIndex {
        precondition(items.rows < Int(UInt32.max), "\(items.rows) items for 32-bit indexes")
        var norms = try items.withView { try RowNorms.checked($0, kind: "item") }
        var items = items
        if similarity == .cosine {
            items.withMutableView { view in
                for row in 0..<view.rows { RowNorms.normalise(view, row: row, norm: norms[row]) }
            }
            norms = items.withView { view in (0..<view.rows).map { RowNorms.norm(view, row: $0) } }
        }
        return ExactIndex(
            similarity: similarity, items: items, largestNorm: norms.max() ?? 0,
            itemCount: items.rows, indexes: nil, positions: nil)
    }
}

/// Euclidean lengths of matrix rows, in double precision.
enum RowNorms {
    /// The largest norm that a vector may have: squares and products then stay finite.
    static let limit = 1e37

    static func norm(_ view: MatrixView, row: Int) -> Double {
        let values = view.row(row)
        var sum = 0.0
        for column in 0..<view.columns {
            let value = Double(values[column])
            sum += value * value
        }
        return sum.squareRoot()
    }

    /// The norm of each row; throws when one is not finite or too large.
    static func checked(
        _ view: MatrixView, kind: String, firstRow: Int = 0
    ) throws(VectorIndexError) -> [Double] {
        var norms: [Double] = []
        norms.reserveCapacity(view.rows)
        for row in 0..<view.rows {
            let norm = norm(view, row: row)
            // Squares of floats cannot overflow in double precision: only NaN and infinity in the
            // row give such a norm.
            guard norm.isFinite else { throw .notFinite(kind, row: firstRow + row) }
            guard norm < limit else { throw .tooLarge(kind, row: firstRow + row) }
            norms.append(norm)
        }
        return norms
    }

    /// Scales a row to length 1; a zero row stays.
    static func normalise(_ view: MutableMatrixView, row: Int, norm: Double) {
        guard norm > 0 else { return }
        let values = view.row(row)
        for column in 0..<view.columns {
            values[column] = Float(Double(values[column]) / norm)
        }
    }
}
