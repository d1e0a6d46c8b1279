import Foundation
import LinearAlgebra
import Testing

@testable import NeuralNetwork

@Suite struct TableOptimiserTests {
    private func gradient(_ count: Int, _ stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 3, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    /// A row touched at some steps of a longer training must move as if the training had those
    /// steps alone: as Adam on a parameter of its own.
    @Test func lazyAdamCountsTheTouchesOfARow() {
        let width = 5
        let optimiser = LazyAdam(decay: 0.1)
        var row = gradient(width, 0)
        var expected = row.map(Double.init)
        var state = [Float](repeating: 0, count: optimiser.stateWidth(width))
        var moments = expected.map { _ in (0.0, 0.0) }
        for touch in 1...7 {
            let gradient = gradient(width, UInt64(touch))
            optimiser.update(
                &row, &state, gradient, width: width, rate: 0.01, Kernels.best)
            for i in 0..<width {
                let g = Double(gradient[i])
                moments[i].0 = 0.9 * moments[i].0 + 0.1 * g
                moments[i].1 = 0.999 * moments[i].1 + 0.001 * g * g
                let m = moments[i].0 / (1 - pow(0.9, Double(touch)))
                let v = moments[i].1 / (1 - pow(0.999, Double(touch)))
                expected[i] -= 0.01 * (m / (v.squareRoot() + 1e-8) + 0.1 * expected[i])
            }
        }
        #expect(state[2 * width] == 7)
        for (value, expected) in zip(row, expected) {
            #expect(abs(Double(value) - expected) < 1e-5)
        }
    }
}
