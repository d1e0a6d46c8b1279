import LinearAlgebra

/// Vectors of a mixture of Gaussians, as a set of embeddings looks: many groups of different sizes,
/// and directions that vary less and less.
///
/// A vector is a centre plus noise; column j of both has the deviation (j + 1)^−½, noise times `spread`.
/// The centre of rank r is taken with a weight of about 1 / (r + 10). Queries come from the same mixture
/// and are no items.
struct Mixture {
    let items: Matrix
    let queries: Matrix

    init(
        items: Int, queries: Int, dimension: Int, components: Int, spread: Float, seed: UInt64
    ) {
        let deviations = (0..<dimension).map { 1 / Float($0 + 1).squareRoot() }
        var generator = SeededGenerator(seed: seed)
        let centres = Matrix.gaussian(
            rows: components, columns: dimension, deviation: 1, using: &generator)
        var sums: [Float] = [0]
        for rank in 0..<components { sums.append(sums[rank] + 1 / Float(rank + 10)) }
        func draw(_ rows: Int) -> Matrix {
            Matrix(rows: rows, columns: dimension) { result in
                for row in 0..<rows {
                    let at = generator.uniform() * sums[components]
                    var (low, high) = (0, components)
                    while high - low > 1 {
                        let middle = (low + high) / 2
                        if sums[middle] <= at { low = middle } else { high = middle }
                    }
                    let values = result.row(row)
                    for column in 0..<dimension {
                        let noise = spread * generator.gaussian()
                        values[column] = deviations[column] * (centres[low, column] + noise)
                    }
                }
            }
        }
        self.items = draw(items)
        self.queries = draw(queries)
    }
}
