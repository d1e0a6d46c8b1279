import LinearAlgebra
import NeuralNetwork

/// Explicit products of features: DCN-v2 with matrices of low rank (Wang et al., *DCN V2: Improved Deep &
/// Cross Network and Practical Lessons for Web-scale Learning to Rank Systems*, 2021).
///
/// With x₀ the input, of width n, and V, U of shapes `[n, rank]` and `[rank, n]`:
///
///     xₗ₊₁ = x₀ ⊙ (U(V xₗ + a) + b) + xₗ
///
/// A linear function of x₁ sees all products of two features, one of x₂ those of three. Of the first
/// layer, the context's share of the product with V is taken once a context.
struct CrossNetwork: Sendable {
    let width: Int
    let rank: Int
    /// V of the first layer.
    private let first: ContextLayer?
    /// V of the others.
    private let down: [DenseLayer]
    private let up: [DenseLayer]

    /// A network of `layerCount` layers whose parameters start at `offset`.
    init(contextWidth: Int, width: Int, rank: Int, layerCount: Int, offset: Int) {
        self.width = width
        self.rank = rank
        var offset = offset
        var (first, down, up): (ContextLayer?, [DenseLayer], [DenseLayer]) = (nil, [], [])
        for index in 0..<layerCount {
            if index == 0 {
                let layer = ContextLayer(
                    name: "cross layer 1 down", contextInputs: contextWidth,
                    inputs: width - contextWidth, outputs: rank, offset: offset,
                    activation: .identity)
                offset += layer.parameterCount
                first = layer
            } else {
                down.append(
                    DenseLayer(
                        name: "cross layer \(index + 1) down", inputs: width, outputs: rank,
                        offset: offset, activation: .identity))
                offset += down[index - 1].parameterCount
            }
            up.append(
                DenseLayer(
                    name: "cross layer \(index + 1) up", inputs: rank, outputs: width,
                    offset: offset, activation: .identity))
            offset += up[index].parameterCount
        }
        (self.first, self.down, self.up) = (first, down, up)
    }

    var layerCount: Int { up.count }
    var parameterCount: Int {
        (first?.parameterCount ?? 0) + (down + up).reduce(0) { $0 + $1.parameterCount }
    }
    /// Names and places of the layers' parameters.
    var parts: [(name: String, range: Range<Int>)] {
        (first.map { [($0.name, $0.range)] } ?? []) + (down + up).map { ($0.name, $0.range) }
    }

    /// Small enough that the network starts near the identity.
    func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        first?.initialize(parameters, using: &generator)
        for layer in down + up {
            (parameters + layer.offset).fillGlorot(
                inputs: layer.inputs, outputs: layer.outputs, using: &generator)
        }
    }

    /// The values of some rows.
    ///
    /// `states` has x₁, x₂, … and `factors` what x₀ is multiplied by, block after block of shape
    /// `[rows, width]`; `inner` the blocks of shape `[rows, rank]`.
    struct Values {
        let states: UnsafeMutablePointer<Float>
        let factors: UnsafeMutablePointer<Float>
        let inner: UnsafeMutablePointer<Float>
        /// Shape `[contexts, rank]`.
        let shared: MutableMatrixView
    }

    private func block(
        _ base: UnsafeMutablePointer<Float>, _ index: Int, _ rows: Int, _ columns: Int
    ) -> MutableMatrixView {
        matrix(base + index * rows * columns, rows, columns)
    }

    /// The last xₗ, which is x₀ without layers.
    func output(_ x: MatrixView, _ values: Values) -> MatrixView {
        layerCount == 0
            ? x : block(values.states, layerCount - 1, x.rows, width).readOnly
    }

    /// - Parameter x: x₀, the context's columns first and no gaps between rows.
    func forward(
        _ u: MatrixView, _ x: MatrixView, _ owners: RowOwners, _ values: Values,
        _ parameters: UnsafePointer<Float>, _ kernels: Kernels
    ) {
        var previous = x
        for index in 0..<layerCount {
            let inner = block(values.inner, index, x.rows, rank)
            if index == 0 {
                first!.forward(
                    u, x.columns(first!.contextInputs..<width), owners, shared: values.shared,
                    inner, parameters, kernels)
            } else {
                down[index - 1].forward(previous, inner, parameters, kernels)
            }
            let factor = block(values.factors, index, x.rows, width)
            up[index].forward(inner.readOnly, factor, parameters, kernels)
            let next = block(values.states, index, x.rows, width)
            let (x0, c, old, new) = (x.base, factor.base, previous.base, next.base)
            for index in 0..<x.rows * width { new[index] = x0[index] * c[index] + old[index] }
            previous = next.readOnly
        }
    }

    /// Adds the gradients of parameters, u and x₀ to what is there; `gradient` is that of the output,
    /// which is used up.
    ///
    /// - Parameter scratch: Room for `rows` × (`width` + `rank`) values.
    func backward(
        _ u: MatrixView, _ x: MatrixView, _ owners: RowOwners, _ values: Values,
        _ parameters: UnsafePointer<Float>, uGradient: MutableMatrixView,
        xGradient: MutableMatrixView, _ gradient: MutableMatrixView,
        scratch: UnsafeMutablePointer<Float>,
        _ parameterGradient: UnsafeMutablePointer<Float>, _ kernels: Kernels
    ) {
        let factorGradient = matrix(scratch, x.rows, width)
        let innerGradient = matrix(scratch + x.rows * width, x.rows, rank)
        for index in (0..<layerCount).reversed() {
            let inner = block(values.inner, index, x.rows, rank).readOnly
            let factor = block(values.factors, index, x.rows, width).readOnly
            let (x0, dx0, c, dc, g) = (
                x.base, xGradient.base, factor.base, factorGradient.base, gradient.base
            )
            for index in 0..<x.rows * width {
                dc[index] = g[index] * x0[index]
                dx0[index] += g[index] * c[index]
            }
            up[index].backward(
                inner, factor, parameters, innerGradient, factorGradient, parameterGradient,
                kernels)
            if index == 0 {
                let own = first!.contextInputs..<width
                first!.backward(
                    u, x.columns(own), owners, shared: values.shared, inner, parameters,
                    uGradient: uGradient, xGradient: xGradient.columns(own), innerGradient,
                    parameterGradient, kernels)
            } else {
                let previous = block(values.states, index - 1, x.rows, width).readOnly
                down[index - 1].backward(
                    previous, inner, parameters, gradient, innerGradient, parameterGradient,
                    kernels, accumulating: true)
            }
        }
        kernels.axpy(1, gradient.base, xGradient.base, x.rows * width)
    }
}

extension DenseLayer {
    /// Where its parameters lie.
    var range: Range<Int> { offset..<offset + parameterCount }
}

extension ContextLayer {
    /// Where its parameters lie.
    var range: Range<Int> { own.offset..<own.offset + parameterCount }
}
