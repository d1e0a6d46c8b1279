extension Matrix {
    /// The rows divided by their Euclidean lengths; zeros where a length is 0 or not finite.
    public func unitRows() -> Matrix {
        var result = self
        result.withMutableView { view in
            for row in 0..<view.rows {
                let length = Kernels.best.dot(view.row(row), view.row(row), view.columns)
                    .squareRoot()
                let scale = length > 0 && length.isFinite ? 1 / length : 0
                for column in 0..<view.columns {
                    // Written so that no number becomes zero as well.
                    let value = view.row(row)[column] * scale
                    view.row(row)[column] = value.isFinite ? value : 0
                }
            }
        }
        return result
    }
}
