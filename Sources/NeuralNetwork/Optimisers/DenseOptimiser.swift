import LinearAlgebra

/// Updates the dense parameters, any part of them alone.
package protocol DenseOptimiser: Sendable {
    /// Values of state for each parameter, 0 at the start.
    var stateWidth: Int { get }
    /// Updates parameters `range`; `state` has `stateWidth` blocks of `stride` values each.
    func update(
        _ range: Range<Int>, _ weights: UnsafeMutablePointer<Float>,
        _ state: UnsafeMutablePointer<Float>, stride: Int, _ gradient: UnsafePointer<Float>,
        step: Int, rate: Float, _ kernels: Kernels)
}

/// Adam (Kingma, Ba 2015), regularised in one of two ways.
///
/// With g the gradient, m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g², both without bias after division
/// by 1 − β^t: w ← w − rate · (m / (√v + ε) + decay · w). The penalty adds penalty · w to g, and
/// so is divided by √v like the rest of the gradient: weights with large gradients are hardly held
/// back, which is why the decoupled decay is the usual choice (AdamW: Loshchilov, Hutter 2019).
package struct Adam: DenseOptimiser {
    package var decay: Float = 0
    package var penalty: Float = 0

    package init(decay: Float = 0, penalty: Float = 0) {
        self.decay = decay
        self.penalty = penalty
    }

    package var stateWidth: Int { 2 }

    package func update(
        _ range: Range<Int>, _ weights: UnsafeMutablePointer<Float>,
        _ state: UnsafeMutablePointer<Float>, stride: Int, _ gradient: UnsafePointer<Float>,
        step: Int, rate: Float, _ kernels: Kernels
    ) {
        let start = range.lowerBound
        kernels.adam(
            weights: weights + start, first: state + start, second: state + stride + start,
            gradient: gradient + start, count: range.count, rate: rate, beta1: Self.beta1,
            beta2: Self.beta2, step: step, epsilon: Self.epsilon, decay: decay, penalty: penalty)
    }

    /// The constants that its authors advise.
    package static let (beta1, beta2, epsilon): (Float, Float, Float) = (0.9, 0.999, 1e-8)
}
