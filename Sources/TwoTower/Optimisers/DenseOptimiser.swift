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

/// Adam (Kingma, Ba 2015) with decoupled weight decay (Loshchilov, Hutter 2019).
struct Adam: DenseOptimiser {
    let decay: Float

    var stateWidth: Int { 2 }

    func update(
        _ range: Range<Int>, _ weights: UnsafeMutablePointer<Float>,
        _ state: UnsafeMutablePointer<Float>, stride: Int, _ gradient: UnsafePointer<Float>,
        step: Int, rate: Float, _ kernels: Kernels
    ) {
        let start = range.lowerBound
        kernels.adam(
            weights: weights + start, first: state + start, second: state + stride + start,
            gradient: gradient + start, count: range.count, rate: rate, beta1: 0.9, beta2: 0.999,
            step: step, epsilon: 1e-8, decay: decay)
    }
}
