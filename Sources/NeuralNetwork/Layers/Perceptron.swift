import LinearAlgebra

/// A dense layer: y = activation(x W + b), with x `[n, inputs]` and W `[inputs, outputs]`.
package struct DenseLayer: Sendable {
    package let name: String
    package let inputs: Int
    package let outputs: Int
    /// Where W and then b start in the dense parameters.
    package let offset: Int
    package let activation: Kernels.Activation

    package init(
        name: String, inputs: Int, outputs: Int, offset: Int, activation: Kernels.Activation
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.offset = offset
        self.activation = activation
    }

    package var parameterCount: Int { (inputs + 1) * outputs }
    private var biasOffset: Int { offset + inputs * outputs }

    package func forward(
        _ x: MatrixView, _ y: MutableMatrixView, _ parameters: UnsafePointer<Float>,
        _ kernels: Kernels
    ) {
        let weights = MatrixView(
            base: parameters + offset, rows: inputs, columns: outputs, stride: outputs)
        BLAS.multiply(x, weights, into: y)
        kernels.addBias(parameters + biasOffset, activation: activation, to: y)
    }

    /// Adds the gradients of W and b to `parameterGradient`, and writes the one of x, or adds it to what
    /// is there; without room for it, x has none.
    ///
    /// `yGradient` becomes the gradient before the activation. Rows of y and of its gradient
    /// follow one another without a gap.
    package func backward(
        _ x: MatrixView, _ y: MatrixView, _ parameters: UnsafePointer<Float>,
        _ xGradient: MutableMatrixView?, _ yGradient: MutableMatrixView,
        _ parameterGradient: UnsafeMutablePointer<Float>, _ kernels: Kernels,
        accumulating: Bool = false
    ) {
        if activation == .rectifier {
            kernels.rectifierBackward(
                output: y.base, gradient: yGradient.base, y.rows * outputs)
        }
        let weights = MatrixView(
            base: parameters + offset, rows: inputs, columns: outputs, stride: outputs)
        let weightGradient = MutableMatrixView(
            base: parameterGradient + offset, rows: inputs, columns: outputs, stride: outputs)
        BLAS.multiply(
            x, yGradient.readOnly, transposing: .first, into: weightGradient, accumulating: true)
        kernels.addColumnSums(yGradient.readOnly, to: parameterGradient + biasOffset)
        guard let xGradient else { return }
        BLAS.multiply(
            yGradient.readOnly, weights, transposing: .second, into: xGradient,
            accumulating: accumulating)
    }

    /// Fills weights as Glorot and Bengio (2010) advise, and leaves biases.
    package func initialize(_ parameters: inout [Float], using generator: inout SeededGenerator) {
        let deviation = (2 / Float(inputs + outputs)).squareRoot()
        for index in 0..<inputs * outputs {
            parameters[offset + index] = deviation * generator.gaussian()
        }
    }
}

/// Dense layers one after the other: rectifiers between them, none after the last.
package struct Perceptron: Sendable {
    package let layers: [DenseLayer]

    package init(name: String, inputs: Int, hidden: [Int], outputs: Int, offset: Int) {
        var layers: [DenseLayer] = []
        var (width, offset) = (inputs, offset)
        for (index, next) in (hidden + [outputs]).enumerated() {
            let isLast = index == hidden.count
            layers.append(
                DenseLayer(
                    name: "\(name) layer \(index + 1)", inputs: width, outputs: next,
                    offset: offset, activation: isLast ? .identity : .rectifier))
            offset += layers[index].parameterCount
            width = next
        }
        self.layers = layers
    }

    package var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }
}
