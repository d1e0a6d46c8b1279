import LinearAlgebra

/// Updates the rows of a table that a batch touched, each once, with its summed gradient.
protocol TableOptimiser: Sendable {
    /// Values of state that a row of the given width needs, 0 at the start.
    func stateWidth(_ width: Int) -> Int
    func update(
        _ weights: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        _ gradient: UnsafePointer<Float>, width: Int, rate: Float, _ kernels: Kernels)
}

/// Adagrad (Duchi, Hazan, Singer 2011) with one accumulator a row: a hot row slows down as a
/// whole, and the state of a table is as small as a column.
struct RowWiseAdagrad: TableOptimiser {
    let decay: Float

    func stateWidth(_ width: Int) -> Int { 1 }

    func update(
        _ weights: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        _ gradient: UnsafePointer<Float>, width: Int, rate: Float, _ kernels: Kernels
    ) {
        kernels.adagradRow(
            weights: weights, sum: state, gradient: gradient, count: width, rate: rate,
            epsilon: adagradEpsilon, decay: decay)
    }
}

/// Adagrad with one accumulator a value.
struct Adagrad: TableOptimiser {
    let decay: Float

    func stateWidth(_ width: Int) -> Int { width }

    func update(
        _ weights: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        _ gradient: UnsafePointer<Float>, width: Int, rate: Float, _ kernels: Kernels
    ) {
        kernels.adagrad(
            weights: weights, sums: state, gradient: gradient, count: width, rate: rate,
            epsilon: adagradEpsilon, decay: decay)
    }
}

/// Small beside the gradients of a mean loss over thousands of examples.
private let adagradEpsilon: Float = 1e-8

extension TwoTowerConfiguration {
    /// The optimiser that the configuration names.
    var tableOptimiserValue: any TableOptimiser {
        switch tableOptimiser {
        case .rowWiseAdagrad: RowWiseAdagrad(decay: tableDecay)
        case .adagrad: Adagrad(decay: tableDecay)
        }
    }
}
