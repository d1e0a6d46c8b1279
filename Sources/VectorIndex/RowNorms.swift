import LinearAlgebra

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
