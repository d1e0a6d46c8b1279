import LinearAlgebra

/// From the output of a tower to the embedding that is stored and compared.
///
/// The inner product of two embeddings is the full score: the user's carries 1 / temperature, and
/// for an item bias a coordinate of 1; the item's carries the bias there.
struct Interaction: Sendable {
    let dimension: Int
    let isCosine: Bool
    let hasItemBias: Bool
    let temperature: Float

    /// What keeps the length of a zero vector from being 0.
    private static let epsilon: Float = 1e-12

    init(_ configuration: TwoTowerConfiguration) {
        dimension = configuration.embeddingDimension
        isCosine = configuration.interaction == .cosine
        hasItemBias = configuration.usesItemBias
        temperature = configuration.temperature
    }

    var width: Int { dimension + (hasItemBias ? 1 : 0) }

    enum Side { case user, item }

    private func factor(_ side: Side) -> Float { side == .user ? 1 / temperature : 1 }

    /// Embeddings `[n, width]` from outputs `[n, dimension]`, or one column more on the item side
    /// when there is a bias.
    func forward(
        _ output: MatrixView, _ embedding: MutableMatrixView, _ side: Side, _ kernels: Kernels
    ) {
        for row in 0..<output.rows {
            let (x, y) = (output.row(row), embedding.row(row))
            let scale = isCosine ? factor(side) / length(x, kernels) : factor(side)
            y.update(from: x, count: dimension)
            kernels.scale(scale, y, dimension)
            if hasItemBias { y[dimension] = side == .user ? 1 : x[dimension] }
        }
    }

    /// The gradient of the output. With ŷ = x/|x| and a gradient g of factor · ŷ, the one of x is
    /// factor · (g − ŷ (ŷ·g)) / |x|.
    func backward(
        _ output: MatrixView, _ outputGradient: MutableMatrixView,
        _ embeddingGradient: MatrixView, _ side: Side, _ kernels: Kernels
    ) {
        for row in 0..<output.rows {
            let (x, dx, g) = (output.row(row), outputGradient.row(row), embeddingGradient.row(row))
            dx.update(from: g, count: dimension)
            if isCosine {
                let length = length(x, kernels)
                let along = kernels.dot(x, g, dimension) / (length * length)
                kernels.axpy(-along, x, dx, dimension)
                kernels.scale(factor(side) / length, dx, dimension)
            } else {
                kernels.scale(factor(side), dx, dimension)
            }
            if hasItemBias && side == .item { dx[dimension] = g[dimension] }
        }
    }

    private func length(_ x: UnsafePointer<Float>, _ kernels: Kernels) -> Float {
        (kernels.dot(x, x, dimension) + Self.epsilon).squareRoot()
    }
}
