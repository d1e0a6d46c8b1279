import LinearAlgebra

/// Keeps the embeddings of items from pointing all the same way: the mean squared cosine of random
/// pairs (Zhang et al., ICCV 2017), which is 1/d when directions of d coordinates are even.
///
/// The n candidates of a batch are paired by a random shift: i with i + s mod n. So each is in two
/// pairs, and the gradient of a row depends on two other rows alone. With cᵢⱼ = v̂ᵢ·v̂ⱼ and
/// v̂ = v/|v|,
///
///     loss = 1/n Σᵢ c²,  j = i + s
///     ∂cᵢⱼ/∂vᵢ = (v̂ⱼ − cᵢⱼ v̂ᵢ) / |vᵢ|
struct SpreadLoss: Sendable {
    /// The weight beside the mean loss of the rows.
    let weight: Float
    /// Length of an embedding without its bias, which has no direction.
    let dimension: Int

    /// Adds the gradients of some embeddings, and returns the weighted loss of their pairs (i, i + s).
    ///
    /// - Parameters:
    ///   - range: Which rows.
    ///   - embeddings: All rows that are paired, shape `[n, width]`.
    ///   - gradient: Their gradients, in the same shape.
    ///   - shift: s, in `1 ..< n`.
    func add(
        _ range: Range<Int>, _ embeddings: MatrixView, to gradient: MutableMatrixView, shift: Int,
        _ kernels: Kernels
    ) -> Double {
        let count = embeddings.rows
        var sum = 0.0
        for row in range {
            let v = embeddings.row(row)
            let inverse = inverseLength(v, dimension, kernels)
            for (other, isOwnPair) in [
                ((row + shift) % count, true), ((row + count - shift) % count, false),
            ] {
                let w = embeddings.row(other)
                let otherInverse = inverseLength(w, dimension, kernels)
                let cosine = kernels.dot(v, w, dimension) * inverse * otherInverse
                let factor = 2 * weight / Float(count) * cosine * inverse
                kernels.axpy(factor * otherInverse, w, gradient.row(row), dimension)
                kernels.axpy(-factor * cosine * inverse, v, gradient.row(row), dimension)
                if isOwnPair { sum += Double(weight / Float(count) * cosine * cosine) }
            }
        }
        return sum
    }
}
