import LinearAlgebra

/// Vectors to cluster and to search.
enum Vectors {
    /// Vectors around some centres, which come in turn; `spread` is the deviation around them.
    static func clustered(
        _ rows: Int, _ columns: Int, clusters: Int, spread: Float, seed: UInt64, stream: UInt64 = 0
    ) -> Matrix {
        var generator = SeededGenerator(seed: seed, stream: 0)
        let centres = Matrix.gaussian(
            rows: clusters, columns: columns, deviation: 1, using: &generator)
        var noise = SeededGenerator(seed: seed, stream: stream + 1)
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { position in
                let (row, column) = position.quotientAndRemainder(dividingBy: columns)
                return centres[row % clusters, column] + spread * noise.gaussian()
            })
    }
}
