import LinearAlgebra
import NeuralNetwork

/// Which context each row of a chunk belongs to, in ascending order.
struct RowOwners {
    let base: UnsafePointer<Int32>
    let count: Int

    /// Adds the rows of y to that of their context.
    func addSums(_ y: MatrixView, to shared: MutableMatrixView, _ kernels: Kernels) {
        for row in 0..<count {
            kernels.axpy(1, y.row(row), shared.row(Int(base[row])), y.columns)
        }
    }
}

/// A dense layer over what a row shares with the others of its context, and what is its own:
/// y = activation(u U + x W + b).
///
/// The product u U is taken once a context: that is what makes scoring some hundred candidates of one
/// user cheaper than as many users.
struct ContextLayer: Sendable {
    /// W and b.
    let own: DenseLayer
    let contextInputs: Int
    /// Where U starts in the dense parameters.
    let contextOffset: Int

    init(
        name: String, contextInputs: Int, inputs: Int, outputs: Int, offset: Int,
        activation: Kernels.Activation
    ) {
        own = DenseLayer(
            name: name, inputs: inputs, outputs: outputs, offset: offset, activation: activation)
        self.contextInputs = contextInputs
        contextOffset = offset + own.parameterCount
    }

    var name: String { own.name }
    var outputs: Int { own.outputs }
    var parameterCount: Int { own.parameterCount + contextInputs * outputs }

    private func contextWeights(_ base: UnsafePointer<Float>) -> MatrixView {
        matrix(base + contextOffset, contextInputs, outputs)
    }

    /// - Parameters:
    ///   - u: Shape `[contexts, contextInputs]`.
    ///   - x: Shape `[rows, inputs]`.
    ///   - shared: Scratch, shape `[contexts, outputs]`.
    ///   - y: Shape `[rows, outputs]`, without gaps between rows.
    func forward(
        _ u: MatrixView, _ x: MatrixView, _ owners: RowOwners, shared: MutableMatrixView,
        _ y: MutableMatrixView, _ parameters: UnsafePointer<Float>, _ kernels: Kernels
    ) {
        BLAS.multiply(u, contextWeights(parameters), into: shared)
        for row in 0..<y.rows {
            y.row(row).update(from: shared.row(Int(owners.base[row])), count: outputs)
        }
        own.addProduct(x, to: y, parameters, kernels)
    }

    /// Adds the gradients of the parameters, and those of u and x to what is there.
    ///
    /// `yGradient` becomes the gradient before the activation.
    func backward(
        _ u: MatrixView, _ x: MatrixView, _ owners: RowOwners, shared: MutableMatrixView,
        _ y: MatrixView, _ parameters: UnsafePointer<Float>, uGradient: MutableMatrixView,
        xGradient: MutableMatrixView, _ yGradient: MutableMatrixView,
        _ parameterGradient: UnsafeMutablePointer<Float>, _ kernels: Kernels
    ) {
        own.backward(
            x, y, parameters, xGradient, yGradient, parameterGradient, kernels,
            accumulating: true)
        shared.base.update(repeating: 0, count: shared.rows * shared.columns)
        owners.addSums(yGradient.readOnly, to: shared, kernels)
        BLAS.multiply(
            u, shared.readOnly, transposing: .first,
            into: matrix(parameterGradient + contextOffset, contextInputs, outputs),
            accumulating: true)
        BLAS.multiply(
            shared.readOnly, contextWeights(parameters), transposing: .second, into: uGradient,
            accumulating: true)
    }

    /// Fills weights as Glorot and Bengio (2010) advise for all inputs together.
    func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        let deviation = (2 / Float(contextInputs + own.inputs + outputs)).squareRoot()
        (parameters + own.offset).fillGaussian(
            own.inputs * outputs, deviation: deviation, using: &generator)
        (parameters + contextOffset).fillGaussian(
            contextInputs * outputs, deviation: deviation, using: &generator)
    }
}

extension DenseLayer {
    /// Replaces y by activation(y + x W + b).
    func addProduct(
        _ x: MatrixView, to y: MutableMatrixView, _ parameters: UnsafePointer<Float>,
        _ kernels: Kernels
    ) {
        BLAS.multiply(
            x, matrix(parameters + offset, inputs, outputs), into: y, accumulating: true)
        kernels.addBias(
            parameters + offset + inputs * outputs, activation: activation, to: y)
    }
}
