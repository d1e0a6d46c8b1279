import LinearAlgebra

/// L2 penalty of embeddings: loss = λ/2 Σᵣ wᵣ |vᵣ|², with the gradient λ wᵣ vᵣ.
///
/// Rows are the users of a batch with their weights, and its candidates with 1/n each; biases are
/// left out.
struct EmbeddingPenalty: Sendable {
    /// λ.
    let weight: Float
    /// Length of an embedding without its bias.
    let dimension: Int

    /// Adds the gradients of some embeddings, and returns their loss.
    ///
    /// - Parameters:
    ///   - embeddings: Shape `[n, width]`.
    ///   - gradient: Their gradients, in the same shape.
    ///   - rowWeight: The weight of a row.
    func add(
        _ embeddings: MatrixView, to gradient: MutableMatrixView, _ kernels: Kernels,
        rowWeight: (Int) -> Float
    ) -> Double {
        var sum = 0.0
        for row in 0..<embeddings.rows {
            let v = embeddings.row(row)
            let factor = weight * rowWeight(row)
            kernels.axpy(factor, v, gradient.row(row), dimension)
            sum += Double(factor) / 2 * Double(kernels.dot(v, v, dimension))
        }
        return sum
    }
}
