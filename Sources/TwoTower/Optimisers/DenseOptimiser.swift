import LinearAlgebra

/// Updates the dense parameters, any part of them alone.
protocol DenseOptimiser: Sendable {
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
struct Adam: DenseOptimiser {
    var decay: Float = 0
    var penalty: Float = 0

    var stateWidth: Int { 2 }

    func update(
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
    static let (beta1, beta2, epsilon): (Float, Float, Float) = (0.9, 0.999, 1e-8)
}

extension TwoTowerConfiguration {
    /// The optimiser of the dense layers that the configuration names.
    var denseOptimiserValue: any DenseOptimiser {
        switch denseOptimiser {
        case .adam: Adam(penalty: denseDecay)
        case .adamW: Adam(decay: denseDecay)
        }
    }
}
