import Foundation
import LinearAlgebra
import Testing

/// Every kernel against the same loop in plain Swift, at every level of this processor and at
/// lengths around the vector widths.
@Suite struct KernelsTests {
    static let cases: [(Kernels.Level, Int)] = Kernels.Level.allCases
        .filter { Kernels(level: $0) != nil }
        .flatMap { level in [0, 1, 3, 15, 16, 17, 63, 64, 65, 130, 257].map { (level, $0) } }

    // Sums of a few hundred products of numbers near 1, in another order: some 1e-6 relative.
    static let tolerance: Float = 2e-5

    private func numbers(_ count: Int, stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 1, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    private func expectClose(
        _ actual: [Float], _ expected: [Float],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(actual.count == expected.count, sourceLocation: sourceLocation)
        let worst = zip(actual, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
        #expect(worst <= Self.tolerance, sourceLocation: sourceLocation)
    }

    @Test func aProcessorHasAtLeastTheBaseLevel() {
        #expect(Kernels(level: .base) != nil)
        #expect(Kernels.best.level == Kernels.Level.allCases.last { Kernels(level: $0) != nil })
    }

    @Test(arguments: cases)
    func theDotProductIsTheSumOfProducts(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let (a, b) = (numbers(count, stream: 1), numbers(count, stream: 2))
        let expected = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        expectClose([kernels.dot(a, b, count)], [Float(expected)])
    }

    @Test(arguments: cases)
    func axpyAndScaleWorkInPlace(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let x = numbers(count, stream: 1)
        var y = numbers(count, stream: 2)
        let expected = zip(x, y).map { ($1 + 0.3 * $0) * 0.7 }
        kernels.axpy(0.3, x, &y, count)
        kernels.scale(0.7, &y, count)
        expectClose(y, expected)
    }

    @Test(arguments: cases)
    func softmaxIsTheNormalisedExponential(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(Kernels(level: level))
        var x = numbers(count, stream: 5).map { 20 * $0 }
        if count > 2 { x[1] = -.infinity }
        let largest = x.max().map(Double.init) ?? -.infinity
        let sum = x.reduce(0.0) { $0 + exp(Double($1) - largest) }
        let expected = x.map { Float(exp(Double($0) - largest) / sum) }
        let logSum = kernels.softmax(&x, count)
        if count > 0 { expectClose([logSum], [Float(largest + log(sum))]) }
        expectClose(x, expected)
        if count > 2 { #expect(x[1] == 0) }
    }

    @Test func softmaxOfMaskedEntriesAloneIsZero() {
        var x = [Float](repeating: -.infinity, count: 70)
        #expect(Kernels.best.softmax(&x, 70) == -.infinity)
        #expect(x.allSatisfy { $0 == 0 })
    }

    @Test func softmaxKeepsNaNVisible() {
        var x: [Float] = [0, .nan, 1]
        #expect(Kernels.best.softmax(&x, 3).isNaN)
    }

    @Test(arguments: cases)
    func smoothedSoftmaxTakesItsShareFromWhatCounts(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(Kernels(level: level))
        // Spread so widely that some exponentials are 0 without being masked.
        var x = numbers(count, stream: 5).map { 60 * $0 }
        if count > 2 { x[1] = -.infinity }
        let counted = x.filter { $0 > -.infinity }.map(Double.init)
        let largest = counted.max() ?? -.infinity
        let sum = counted.reduce(0.0) { $0 + exp($1 - largest) }
        let expected = x.map { value in
            value > -.infinity
                ? Float(exp(Double(value) - largest) / sum - 0.1 / Double(counted.count)) : 0
        }
        let (logSum, mean) = kernels.smoothedSoftmax(&x, count, share: 0.1)
        if count > 0 {
            expectClose([logSum], [Float(largest + log(sum))])
            expectClose([mean], [Float(counted.reduce(0, +) / Double(counted.count))])
        }
        expectClose(x, expected)
        if count > 2 { #expect(x[1] == 0) }
    }

    @Test func smoothedSoftmaxOfMaskedEntriesAloneIsZero() {
        var x = [Float](repeating: -.infinity, count: 70)
        #expect(Kernels.best.smoothedSoftmax(&x, 70, share: 0.1) == (-.infinity, 0))
        #expect(x.allSatisfy { $0 == 0 })
    }

    /// From far below to far above what an exponential of floats can hold.
    @Test(arguments: cases, [Float(0), 1.5, -300, 300])
    func softplusIsStableAnywhere(one: (Kernels.Level, Int), shift: Float) throws {
        let (level, count) = one
        let kernels = try #require(Kernels(level: level))
        var x = numbers(count, stream: 7).map { 30 * $0 }
        if count > 2 { x[1] = -.infinity }
        let shifted = x.map { Double($0) + Double(shift) }
        let expected = shifted.map { Float(1 / (1 + exp(-$0))) }
        let total = shifted.reduce(0) { $0 + max($1, 0) + log1p(exp(-abs($1))) }
        let (sum, slope, entries) = kernels.softplus(&x, count, shift: shift)
        expectClose([sum, slope], [Float(total), expected.reduce(0, +)])
        expectClose(x, expected)
        #expect(entries == (count > 2 ? count - 1 : count))
        if count > 2 { #expect(x[1] == 0) }
    }

    /// Each entry alone, so that no sum hides an error: relative to the value, however small.
    @Test(arguments: Kernels.Level.allCases.filter { Kernels(level: $0) != nil })
    func softplusHasARelativeErrorOfAFewUnits(level: Kernels.Level) throws {
        let kernels = try #require(Kernels(level: level))
        for z in stride(from: Float(-80), through: 80, by: 0.37) {
            var x = z
            let value = Double(kernels.softplus(&x, 1, shift: 0).sum)
            let expected = max(Double(z), 0) + log1p(exp(-abs(Double(z))))
            #expect(abs(value - expected) <= 1e-6 * expected)
        }
    }

    @Test(arguments: cases)
    func hingeAddsWhatExceedsTheMargin(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(Kernels(level: level))
        var x = numbers(count, stream: 8)
        if count > 2 { x[1] = -.infinity }
        let expected = x.map { 0.5 * $0 > 0.2 ? Float(0.5) : 0 }
        let total = x.reduce(0.0) { $0 + max(0.5 * Double($1) - 0.2, 0) }
        let (sum, entries) = kernels.hinge(&x, count, factor: 0.5, margin: 0.2)
        expectClose([sum], [Float(total)])
        #expect(x == expected)
        #expect(entries == (count > 2 ? count - 1 : count))
    }

    @Test func lossKernelsKeepNaNVisible() {
        let x: [Float] = [0, .nan, -.infinity]
        var copy = x
        #expect(Kernels.best.softplus(&copy, 3, shift: 0).sum.isNaN)
        copy = x
        #expect(Kernels.best.hinge(&copy, 3, factor: 1, margin: 0).sum.isNaN)
        copy = x
        #expect(Kernels.best.smoothedSoftmax(&copy, 3, share: 0.1).logSum.isNaN)
    }

    @Test(arguments: cases, [Kernels.Activation.identity, .rectifier])
    func aBiasIsAddedBeforeTheActivation(
        one: (Kernels.Level, Int), activation: Kernels.Activation
    ) throws {
        let (level, count) = one
        let kernels = try #require(Kernels(level: level))
        var x = Matrix(rows: 3, columns: count, elements: numbers(3 * count, stream: 6))
        let bias = numbers(count, stream: 7)
        let expected = x.elements.indices.map { index -> Float in
            let sum = x.elements[index] + bias[index % count]
            return activation == .rectifier ? max(sum, 0) : sum
        }
        x.withMutableView { kernels.addBias(bias, activation: activation, to: $0) }
        expectClose(x.elements, expected)

        var gradient = numbers(3 * count, stream: 8)
        let kept = zip(x.elements, gradient).map { $0 > 0 ? $1 : 0 }
        kernels.rectifierBackward(output: x.elements, gradient: &gradient, 3 * count)
        #expect(gradient == kept)
    }

    @Test(arguments: cases)
    func adagradDividesByTheRootOfTheSum(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let start = numbers(count, stream: 9)
        let gradient = numbers(count, stream: 10)
        let g = zip(start, gradient).map { $1 + 0.01 * $0 }

        var weights = start
        var sums = [Float](repeating: 0.5, count: count)
        kernels.adagrad(
            weights: &weights, sums: &sums, gradient: gradient, count: count, rate: 0.1,
            epsilon: 1e-6, decay: 0.01)
        expectClose(sums, g.map { 0.5 + $0 * $0 })
        expectClose(weights, zip(start, g).map { $0 - 0.1 * $1 / ((0.5 + $1 * $1).squareRoot()) })

        weights = start
        var sum: Float = 0.5
        kernels.adagradRow(
            weights: &weights, sum: &sum, gradient: gradient, count: count, rate: 0.1,
            epsilon: 1e-6, decay: 0.01)
        let total = 0.5 + g.reduce(0) { $0 + $1 * $1 } / Float(max(count, 1))
        expectClose([sum], [total])
        expectClose(weights, zip(start, g).map { $0 - 0.1 * $1 / total.squareRoot() })
    }

    @Test(arguments: cases, [(decay: Float(0.1), penalty: Float(0)), (0, 0.1)])
    func adamFollowsItsPaper(
        of: (level: Kernels.Level, count: Int), regularised: (decay: Float, penalty: Float)
    ) throws {
        let (kernels, count) = (try #require(Kernels(level: of.level)), of.count)
        let (decay, penalty) = (Double(regularised.decay), Double(regularised.penalty))
        var weights = numbers(count, stream: 11)
        var (first, second) = ([Float](repeating: 0, count: count), weights.map { _ in Float(0) })
        var expected = weights.map(Double.init)
        var moments = expected.map { _ in (0.0, 0.0) }
        for step in 1...3 {
            let gradient = numbers(count, stream: 11 + UInt64(step))
            for i in 0..<count {
                let g = Double(gradient[i]) + penalty * expected[i]
                moments[i].0 = 0.9 * moments[i].0 + 0.1 * g
                moments[i].1 = 0.99 * moments[i].1 + 0.01 * g * g
                let m = moments[i].0 / (1 - pow(0.9, Double(step)))
                let v = moments[i].1 / (1 - pow(0.99, Double(step)))
                expected[i] -= 0.01 * (m / (v.squareRoot() + 1e-8) + decay * expected[i])
            }
            kernels.adam(
                weights: &weights, first: &first, second: &second, gradient: gradient,
                count: count, rate: 0.01, beta1: 0.9, beta2: 0.99, step: step, epsilon: 1e-8,
                decay: regularised.decay, penalty: regularised.penalty)
        }
        expectClose(weights, expected.map { Float($0) })
    }

    @Test(arguments: Kernels.Level.allCases.filter { Kernels(level: $0) != nil })
    func dropoutRepeatsForASeedAndKeepsTheMean(level: Kernels.Level) throws {
        let kernels = try #require(Kernels(level: level))
        let count = 20_000
        var x = [Float](repeating: 1, count: count)
        kernels.dropout(&x, count, seed: 42, probability: 0.3)
        let kept = x.filter { $0 != 0 }
        #expect(kept.allSatisfy { $0 == 1 / (1 - 0.3) })
        // Five standard deviations of a binomial share.
        #expect(abs(Float(kept.count) / Float(count) - 0.7) < 0.0163)

        var again = [Float](repeating: 1, count: count)
        kernels.dropout(&again, count, seed: 42, probability: 0.3)
        #expect(again == x)
        var other = [Float](repeating: 1, count: count)
        kernels.dropout(&other, count, seed: 42 + 1 << 32, probability: 0.3)
        #expect(other != x)
        var base = [Float](repeating: 1, count: count)
        try #require(Kernels(level: .base)).dropout(&base, count, seed: 42, probability: 0.3)
        #expect(base == x, "every level must draw the same mask")
    }
}
