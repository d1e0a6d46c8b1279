import LinearAlgebra

/// Squared distances by a matrix product, with two values appended to every vector.
///
/// −‖u − v‖² = 2 u·v − ‖v‖² − ‖u‖² is the inner product of (2u, 1, −‖u‖²) and (v, −‖v‖², 1).
enum DistanceProduct {
    /// The values appended.
    static let extraColumns = 2

    /// Items with −‖v‖² and 1 appended, shape `[N, D + 2]`.
    static func items(_ items: Matrix, norms: [Double]) -> Matrix {
        let dimension = items.columns
        return Matrix(rows: items.rows, columns: dimension + extraColumns) { result in
            items.withView { view in
                for row in 0..<view.rows {
                    let values = result.row(row)
                    values.update(from: view.row(row), count: dimension)
                    values[dimension] = Float(-norms[row] * norms[row])
                    values[dimension + 1] = 1
                }
            }
        }
    }

    /// Writes (2u, 1, −‖u‖²).
    static func writeQuery(
        _ query: UnsafePointer<Float>, norm: Double, dimension: Int,
        into values: UnsafeMutablePointer<Float>
    ) {
        for column in 0..<dimension { values[column] = 2 * query[column] }
        values[dimension] = 1
        values[dimension + 1] = Float(-norm * norm)
    }
}
