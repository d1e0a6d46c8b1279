import GradientTestSupport
import LinearAlgebra
import Testing

@testable import NeuralNetwork

@Suite struct DenseLayerTests {
    private func random(_ count: Int, _ stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 11, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    @Test(arguments: [Kernels.Activation.identity, .rectifier])
    func itsGradientIsThatOfFiniteDifferences(activation: Kernels.Activation) {
        let layer = DenseLayer(
            name: "layer", inputs: 4, outputs: 3, offset: 2, activation: activation)
        let rows = 5
        var x = random(rows * 4, 1)
        var parameters = random(2 + layer.parameterCount, 2)
        let direction = random(rows * 3, 3)

        // The function is the inner product of the output with a fixed direction.
        func output() -> [Float] {
            var y = [Float](repeating: 0, count: rows * 3)
            y.withUnsafeMutableBufferPointer { y in
                x.withUnsafeBufferPointer { x in
                    layer.forward(
                        MatrixView(base: x.baseAddress!, rows: rows, columns: 4, stride: 4),
                        MutableMatrixView(base: y.baseAddress!, rows: rows, columns: 3, stride: 3),
                        parameters, .best)
                }
            }
            return y
        }
        func function() -> Double {
            zip(output(), direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let y = output()
        var (xGradient, yGradient) = (x, direction)
        var parameterGradient = [Float](repeating: 0, count: parameters.count)
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                xGradient.withUnsafeMutableBufferPointer { dx in
                    yGradient.withUnsafeMutableBufferPointer { dy in
                        layer.backward(
                            MatrixView(base: x.baseAddress!, rows: rows, columns: 4, stride: 4),
                            MatrixView(base: y.baseAddress!, rows: rows, columns: 3, stride: 3),
                            parameters,
                            MutableMatrixView(
                                base: dx.baseAddress!, rows: rows, columns: 4, stride: 4),
                            MutableMatrixView(
                                base: dy.baseAddress!, rows: rows, columns: 3, stride: 3),
                            &parameterGradient, .best)
                    }
                }
            }
        }
        let differences = FiniteDifferences(steps: [1e-3])
        let ofX = differences.worst(
            of: x.indices, gradient: xGradient, value: { x[$0] }, set: { x[$0] = $1 },
            function: function)
        let ofParameters = differences.worst(
            of: parameters.indices, gradient: parameterGradient, value: { parameters[$0] },
            set: { parameters[$0] = $1 }, function: function)
        #expect(ofX < FiniteDifferences.tolerance)
        #expect(ofParameters < FiniteDifferences.tolerance)
    }
}
