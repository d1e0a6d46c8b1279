import CKernels

/// The SIMD loops of one instruction set, chosen when the program runs.
///
/// ```swift
/// let kernels = Kernels.best
/// kernels.axpy(0.5, x, y, count)
/// ```
///
/// Two levels agree up to rounding, because sums are reassociated; one level gives the same bits
/// on every call. Keep the value in a local constant outside a hot loop.
public struct Kernels: Sendable {
    /// An instruction set that kernels are compiled for.
    public enum Level: Int32, CaseIterable, Sendable {
        /// What the compiler assumes for the target (SSE2 or NEON).
        case base = 0
        /// x86-64-v3: AVX2 and FMA.
        case avx2 = 1
        /// x86-64-v4: AVX-512 F, BW, CD, DQ and VL.
        case avx512 = 2
    }

    /// The element-wise function that follows a bias.
    public enum Activation: Int32, Sendable {
        /// x.
        case identity = 0
        /// max(x, 0).
        case rectifier = 1
    }

    /// The instruction set of these kernels.
    public let level: Level

    // Points to a constant of the C module, which nothing changes after it is loaded.
    nonisolated(unsafe) let table: UnsafePointer<vitrine_kernels>

    /// The kernels of the highest level that this processor can run.
    public static let best = Level.allCases.reversed().lazy.compactMap(Kernels.init).first!

    /// Kernels of one level, or nil when this processor cannot run it.
    public init?(level: Level) {
        guard let table = vitrine_kernels_at(level.rawValue) else { return nil }
        self.level = level
        self.table = table
    }

    /// Returns Σ a[i] b[i] over `count` values.
    public func dot(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
    ) -> Float {
        table.pointee.dot(a, b, count)
    }

    /// Adds `factor` · x to y. The two must not overlap.
    public func axpy(
        _ factor: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        table.pointee.axpy(factor, x, y, count)
    }

    /// Multiplies x by `factor`.
    public func scale(_ factor: Float, _ x: UnsafeMutablePointer<Float>, _ count: Int) {
        table.pointee.scale(factor, x, count)
    }

    /// Replaces x by softmax(x) and returns log Σ exp(x).
    ///
    /// An entry of −∞ gets exactly 0. When every entry is −∞, x becomes zeros and the result is −∞.
    public func softmax(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
        table.pointee.softmax(x, count)
    }

    /// Replaces x by softmax(x) − `share` / n on the n entries above −∞, and by 0 elsewhere: the gradient
    /// of a cross-entropy whose target has `share` spread evenly over those entries.
    ///
    /// - Returns: log Σ exp(x), and the mean of x over the n entries. When every entry is −∞, x
    ///   becomes zeros and the results are −∞ and 0.
    public func smoothedSoftmax(
        _ x: UnsafeMutablePointer<Float>, _ count: Int, share: Float
    ) -> (logSum: Float, mean: Float) {
        var mean: Float = 0
        let logSum = table.pointee.smoothed_softmax(x, count, share, &mean)
        return (logSum, mean)
    }

    /// Replaces x by σ(x + `shift`), where σ(z) = 1 / (1 + exp(−z)).
    ///
    /// An entry of −∞ gets exactly 0 and is left out of the results.
    ///
    /// - Returns: Σ log(1 + exp(x + `shift`)), its derivative by `shift`, which is the sum of the
    ///   new x, and the number of entries above −∞.
    public func softplus(
        _ x: UnsafeMutablePointer<Float>, _ count: Int, shift: Float
    ) -> (sum: Float, slope: Float, entries: Int) {
        var (slope, entries) = (Float(0), 0)
        let sum = table.pointee.softplus(x, count, shift, &slope, &entries)
        return (sum, slope, entries)
    }

    /// Replaces x by `factor` where `factor` · x > `margin`, and by 0 elsewhere.
    ///
    /// - Parameter factor: Positive.
    /// - Returns: Σ max(0, `factor` · x − `margin`), and the number of entries above −∞.
    public func hinge(
        _ x: UnsafeMutablePointer<Float>, _ count: Int, factor: Float, margin: Float
    ) -> (sum: Float, entries: Int) {
        var entries = 0
        let sum = table.pointee.hinge(x, count, factor, margin, &entries)
        return (sum, entries)
    }

    /// Replaces x by activation(x + bias), row by row.
    public func addBias(
        _ bias: UnsafePointer<Float>, activation: Activation, to x: MutableMatrixView
    ) {
        table.pointee.bias_activation(
            x.base, bias, x.rows, x.columns, x.stride, activation.rawValue)
    }

    /// Zeroes the gradient where the output of a rectifier is not positive.
    public func rectifierBackward(
        output: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        table.pointee.relu_backward(output, gradient, count)
    }

    /// Zeroes each value with the given probability and scales the others so that the
    /// expectation stays.
    ///
    /// The draw for x[i] depends on (`seed`, i) alone: the same call on the gradient is the backward
    /// pass.
    public func dropout(
        _ x: UnsafeMutablePointer<Float>, _ count: Int, seed: UInt64, probability: Float
    ) {
        precondition(
            probability >= 0 && probability < 1, "dropout probability must be in 0 ..< 1")
        let threshold = UInt32(Double(probability) * 0x1p32)
        table.pointee.dropout(x, count, seed, threshold, 1 / (1 - probability))
    }

    /// Asks for bytes that will soon be needed, so that they are near by then.
    public func prefetch(_ start: UnsafeRawPointer, byteCount: Int) {
        table.pointee.prefetch(start, byteCount)
    }

    /// Adagrad with one accumulator per value (Duchi, Hazan, Singer 2011).
    public func adagrad(
        weights: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>,
        gradient: UnsafePointer<Float>, count: Int, rate: Float, epsilon: Float, decay: Float
    ) {
        table.pointee.adagrad(weights, sums, gradient, count, rate, epsilon, decay)
    }

    /// Adagrad with one accumulator for a row: the sum of its mean squared gradients.
    public func adagradRow(
        weights: UnsafeMutablePointer<Float>, sum: UnsafeMutablePointer<Float>,
        gradient: UnsafePointer<Float>, count: Int, rate: Float, epsilon: Float, decay: Float
    ) {
        table.pointee.adagrad_row(weights, sum, gradient, count, rate, epsilon, decay)
    }

    /// Adam (Kingma, Ba 2015) at step `step`, counted from 1: with decoupled `decay` (Loshchilov,
    /// Hutter 2019), or with an L2 `penalty`, whose gradient enters the moments.
    public func adam(
        weights: UnsafeMutablePointer<Float>, first: UnsafeMutablePointer<Float>,
        second: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
        rate: Float, beta1: Float, beta2: Float, step: Int, epsilon: Float, decay: Float,
        penalty: Float
    ) {
        let firstScale = 1 / (1 - power(beta1, step))
        let secondScale = 1 / (1 - power(beta2, step))
        table.pointee.adam(
            weights, first, second, gradient, count, rate * firstScale, beta1, beta2,
            secondScale, epsilon, rate * decay, penalty)
    }

    /// base^exponent by squaring, in double precision: the same on every C library.
    private func power(_ base: Float, _ exponent: Int) -> Float {
        var result = 1.0
        var factor = Double(base)
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return Float(result)
    }
}
