import Foundation
import LinearAlgebra
import Testing

/// The kernels of sequence encoders against plain loops of double precision, at every level of this
/// processor and at sizes around those of vectors and tiles.
@Suite struct SequenceKernelsTests {
    static let levels = Kernels.Level.allCases.filter { Kernels(level: $0) != nil }
    static let cases = levels.flatMap { level in
        [1, 3, 15, 16, 17, 64, 65, 130].map { (level, $0) }
    }

    // Sums of a few hundred products of numbers near 1, in another order: some 1e-6 relative.
    static let tolerance = 3e-5

    private func numbers(_ count: Int, stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 1, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    private func expectClose(
        _ actual: [Float], _ expected: [Double],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(actual.count == expected.count, sourceLocation: sourceLocation)
        let differences = zip(actual, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }
        #expect(
            differences.allSatisfy { $0 <= Self.tolerance }, sourceLocation: sourceLocation)
    }

    @Test(arguments: cases)
    func layersAreNormalisedRowByRow(level: Kernels.Level, width: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let rows = 3
        let x = Matrix(
            rows: rows, columns: width, elements: numbers(rows * width, stream: 1).map { $0 + 2 })
        let (gain, bias) = (numbers(width, stream: 2), numbers(width, stream: 3))
        let dy = Matrix(rows: rows, columns: width, elements: numbers(rows * width, stream: 4))
        var y = Matrix(rows: rows, columns: width)
        var moments = [Float](repeating: 0, count: 2 * rows)
        let start = numbers(rows * width, stream: 5)
        var dx = start
        var (dGain, dBias) = (bias, gain)
        x.withView { x in
            y.withMutableView {
                kernels.layerNorm(x, gain: gain, bias: bias, into: $0, moments: &moments)
            }
            dy.withView {
                kernels.layerNormBackward(
                    x, gain: gain, moments: moments, yGradient: $0, xGradient: &dx,
                    gainGradient: &dGain, biasGradient: &dBias)
            }
        }
        var (expectedY, expectedX) = ([Double](), [Double]())
        var expectedGain = bias.map(Double.init)
        var expectedBias = gain.map(Double.init)
        for row in 0..<rows {
            let values = x[row: row].map(Double.init)
            let mean = values.reduce(0, +) / Double(width)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            let deviation = (variance + 1e-5).squareRoot()
            let normal = values.map { ($0 - mean) / deviation }
            let g = zip(dy[row: row], gain).map { Double($0) * Double($1) }
            let meanG = g.reduce(0, +) / Double(width)
            let along = zip(g, normal).reduce(0) { $0 + $1.0 * $1.1 } / Double(width)
            for i in 0..<width {
                expectedY.append(normal[i] * Double(gain[i]) + Double(bias[i]))
                expectedX.append(
                    Double(start[row * width + i])
                        + (g[i] - meanG - normal[i] * along) / deviation)
                expectedGain[i] += Double(dy[row, i]) * normal[i]
                expectedBias[i] += Double(dy[row, i])
            }
        }
        expectClose(y.elements, expectedY)
        if width > 1 { expectClose(dx, expectedX) }  // one value has no deviation to divide by
        expectClose(dGain, expectedGain)
        expectClose(dBias, expectedBias)
    }

    @Test(arguments: cases)
    func geluFollowsItsTanhForm(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let x = numbers(count, stream: 6).map { 4 * $0 } + [-60, -1e-9, 0, 60]
        var y = x
        kernels.gelu(x, into: &y, x.count)
        func gelu(_ x: Double) -> Double {
            0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        }
        expectClose(y, x.map { gelu(Double($0)) })
        var gradient = [Float](repeating: 2, count: x.count)
        kernels.geluBackward(input: x, gradient: &gradient, x.count)
        expectClose(
            gradient, x.map { (gelu(Double($0) + 1e-6) - gelu(Double($0) - 1e-6)) / 1e-6 })
    }

    @Test(arguments: cases)
    func aGateIsAHyperbolicTangentTimesASigmoid(level: Kernels.Level, width: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let rows = 3
        var z = numbers(rows * 2 * width, stream: 14).map { 2 * $0 }
        (z[0], z[width]) = (50, -50)
        let dy = numbers(rows * width, stream: 15)
        let pairs = (0..<rows * width).map { index in
            let place = index / width * 2 * width + index % width
            return (tanh(Double(z[place])), 1 / (1 + exp(-Double(z[place + width]))))
        }
        var y = [Float](repeating: .nan, count: rows * width)
        kernels.gate(&z, into: &y, rows: rows, width: width)
        expectClose(y, pairs.map { $0 * $1 })
        var dz = [Float](repeating: .nan, count: z.count)
        kernels.gateBackward(z, yGradient: dy, into: &dz, rows: rows, width: width)
        for index in pairs.indices {
            let (t, s) = pairs[index]
            let place = index / width * 2 * width + index % width
            let g = Double(dy[index])
            expectClose(
                [z[place], z[place + width], dz[place], dz[place + width]],
                [t, s, g * s * (1 - t * t), g * t * s * (1 - s)])
        }
    }

    @Test(arguments: cases)
    func aRecurrenceUpdatesItsState(level: Kernels.Level, width: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let rows = 2
        let (a, c) = (numbers(rows * 3 * width, stream: 16), numbers(rows * 3 * width, stream: 17))
        let (h, d) = (numbers(rows * width, stream: 18), numbers(rows * width, stream: 19))
        var gates = [Float](repeating: .nan, count: rows * 3 * width)
        var state = [Float](repeating: .nan, count: rows * width)
        kernels.recurrence(
            input: a, recurrent: c, previous: h, gates: &gates, state: &state, rows: rows,
            width: width)
        var (da, dc) = (gates.map { _ in Float.nan }, gates.map { _ in Float.nan })
        var dh = state.map { _ in Float.nan }
        kernels.recurrenceBackward(
            recurrent: c, previous: h, gates: gates, stateGradient: d, inputGradient: &da,
            recurrentGradient: &dc, previousGradient: &dh, rows: rows, width: width)
        func sigmoid(_ x: Float) -> Double { 1 / (1 + exp(-Double(x))) }
        for row in 0..<rows {
            for i in 0..<width {
                let at = (0..<3).map { (3 * row + $0) * width + i }
                let own = row * width + i
                let (r, z) = (sigmoid(a[at[0]] + c[at[0]]), sigmoid(a[at[1]] + c[at[1]]))
                let n = tanh(Double(a[at[2]]) + r * Double(c[at[2]]))
                let dn = Double(d[own]) * (1 - z) * (1 - n * n)
                let dz = Double(d[own]) * (Double(h[own]) - n) * z * (1 - z)
                let dr = dn * Double(c[at[2]]) * r * (1 - r)
                expectClose(
                    [state[own], dh[own]], [(1 - z) * n + z * Double(h[own]), Double(d[own]) * z])
                expectClose(at.map { da[$0] }, [dr, dz, dn])
                expectClose(at.map { dc[$0] }, [dr, dz, dn * r])
            }
        }
    }

    @Test(arguments: cases)
    func columnSumsAreAdded(level: Kernels.Level, width: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let stride = width + 2
        let x = numbers(5 * stride, stream: 7)
        var sums = numbers(width, stream: 8)
        let expected = sums.indices.map { i in
            (0..<5).reduce(Double(sums[i])) { $0 + Double(x[$1 * stride + i]) }
        }
        x.withUnsafeBufferPointer {
            kernels.addColumnSums(
                MatrixView(base: $0.baseAddress!, rows: 5, columns: width, stride: stride),
                to: &sums)
        }
        expectClose(sums, expected)
    }

    /// Numbers of keys, widths of a key and of a value, and what the queries see.
    static let shapes: [(keys: Int, keyWidth: Int, valueWidth: Int, visible: [Int32])] = [
        (1, 1, 1, [1]),
        (5, 3, 2, [1, 2, 3, 4, 5]),
        (17, 16, 32, [17]),
        (33, 1, 64, [2, 9, 9, 33]),
        (40, 33, 17, (1...40).map { $0 }),
        (130, 32, 32, (1...130).map { $0 }),
        (50, 25, 48, [3, 20, 21, 22, 23, 24, 25, 26, 27, 40]),
    ]

    @Test(arguments: levels, shapes.indices)
    func attentionIsASoftmaxOverWhatIsSeen(level: Kernels.Level, index: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let shape = Self.shapes[index]
        for hasBias in [false, true] {
            let attention = PlainAttention(
                keys: shape.keys, keyWidth: shape.keyWidth, valueWidth: shape.valueWidth,
                visible: shape.visible, scale: 0.4,
                query: numbers(shape.visible.count * shape.keyWidth, stream: 9),
                key: numbers(shape.keys * shape.keyWidth, stream: 10),
                value: numbers(shape.keys * shape.valueWidth, stream: 11),
                bias: hasBias ? numbers(shape.keys, stream: 12) : nil,
                outputGradient: numbers(shape.visible.count * shape.valueWidth, stream: 13))
            let expected = attention.results()
            let actual = attention.results(of: kernels)
            for (actual, expected) in zip(actual, expected) { expectClose(actual, expected) }
        }
    }
}

/// One head of attention and its gradients, by the kernels and in plain loops.
private struct PlainAttention {
    let keys: Int
    let keyWidth: Int
    let valueWidth: Int
    let visible: [Int32]
    let scale: Float
    let query: [Float]
    let key: [Float]
    let value: [Float]
    /// The bias of each distance.
    let bias: [Float]?
    let outputGradient: [Float]

    /// Output and gradients of query, key, value and bias.
    func results() -> [[Double]] {
        var output = [Double](repeating: 0, count: outputGradient.count)
        var queryGradient = [Double](repeating: 0, count: query.count)
        var keyGradient = [Double](repeating: 0, count: key.count)
        var valueGradient = [Double](repeating: 0, count: value.count)
        var biasGradient = [Double](repeating: 0, count: keys)
        for row in visible.indices {
            let seen = Int(visible[row])
            let scores = (0..<seen).map { j in
                Double(scale)
                    * (0..<keyWidth).reduce(0.0) {
                        $0 + Double(query[row * keyWidth + $1]) * Double(key[j * keyWidth + $1])
                    } + Double(bias?[seen - 1 - j] ?? 0)
            }
            let exponentials = scores.map { exp($0 - scores.max()!) }
            let p = exponentials.map { $0 / exponentials.reduce(0, +) }
            let g = (0..<valueWidth).map { Double(outputGradient[row * valueWidth + $0]) }
            let dp = (0..<seen).map { j in
                (0..<valueWidth).reduce(0.0) { $0 + g[$1] * Double(value[j * valueWidth + $1]) }
            }
            let mean = zip(p, dp).reduce(0) { $0 + $1.0 * $1.1 }
            for j in 0..<seen {
                let ds = p[j] * (dp[j] - mean)
                biasGradient[seen - 1 - j] += ds
                for i in 0..<valueWidth {
                    output[row * valueWidth + i] += p[j] * Double(value[j * valueWidth + i])
                    valueGradient[j * valueWidth + i] += p[j] * g[i]
                }
                for i in 0..<keyWidth {
                    queryGradient[row * keyWidth + i] +=
                        Double(scale) * ds * Double(key[j * keyWidth + i])
                    keyGradient[j * keyWidth + i] +=
                        Double(scale) * ds * Double(query[row * keyWidth + i])
                }
            }
        }
        let gradients = [output, queryGradient, keyGradient, valueGradient]
        return bias == nil ? gradients : gradients + [biasGradient]
    }

    /// The same from kernels, which may read some values past the end of an operand, and find NaN
    /// there.
    func results(of kernels: Kernels) -> [[Float]] {
        let padding = [Float](repeating: .nan, count: 16)
        let (query, key, value) = (query + padding, key + padding, value + padding)
        let padded = CausalAttention.paddedCount(keys)
        var probabilities = [Float](repeating: .nan, count: visible.count * padded)
        var scratch = [Float](
            repeating: .nan,
            count: CausalAttention.scratchSize(
                queryCount: visible.count, keyCount: keys, keyWidth: keyWidth,
                valueWidth: valueWidth))
        var output = [Float](repeating: .nan, count: outputGradient.count)
        var queryGradient = [Float](repeating: .nan, count: visible.count * keyWidth)
        var keyGradient = [Float](repeating: .nan, count: keys * keyWidth)
        var valueGradient = [Float](repeating: .nan, count: keys * valueWidth)
        let reversed = bias.map { Array($0.reversed()) }
        var biasGradient = [Float](repeating: 0, count: keys)
        visible.withUnsafeBufferPointer { visible in
            let head = CausalAttention(
                visible: visible.baseAddress!, queryCount: visible.count, keyCount: keys,
                keyWidth: keyWidth, valueWidth: valueWidth, queryStride: keyWidth,
                keyStride: keyWidth, valueStride: valueWidth, outputStride: valueWidth,
                scale: scale)
            biasGradient.withUnsafeMutableBufferPointer { biasGradient in
                let lastGradient = bias == nil ? nil : biasGradient.baseAddress! + keys - 1
                func run(_ last: UnsafePointer<Float>?) {
                    kernels.attention(
                        head, query: query, key: key, value: value, bias: last,
                        probabilities: &probabilities, output: &output, scratch: &scratch)
                }
                if let reversed {
                    reversed.withUnsafeBufferPointer { run($0.baseAddress! + keys - 1) }
                } else {
                    run(nil)
                }
                kernels.attentionBackward(
                    head, query: query, key: key, value: value, probabilities: probabilities,
                    outputGradient: outputGradient + padding, queryGradient: &queryGradient,
                    keyGradient: &keyGradient, valueGradient: &valueGradient,
                    biasGradient: lastGradient, scratch: &scratch)
            }
        }
        let gradients = [output, queryGradient, keyGradient, valueGradient]
        return bias == nil ? gradients : gradients + [biasGradient.reversed()]
    }
}
