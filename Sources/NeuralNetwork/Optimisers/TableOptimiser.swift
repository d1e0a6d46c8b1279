import LinearAlgebra

/// Updates the rows of a table that a batch touched, each once, with its summed gradient.
package protocol TableOptimiser: Sendable {
    /// Values of state that a row of the given width needs, 0 at the start.
    func stateWidth(_ width: Int) -> Int
    func update(
        _ weights: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        _ gradient: UnsafePointer<Float>, width: Int, rate: Float, _ kernels: Kernels)
}

/// A table beside the state of its optimiser.
// Sendable because workers change rows of their own shard.
package struct TrainedTable: @unchecked Sendable {
    package let weights: TableView
    package let states: UnsafeMutablePointer<Float>
    package let stateWidth: Int

    package func state(_ row: Int) -> UnsafeMutablePointer<Float> { states + row * stateWidth }

    /// Asks for rows that will soon be updated.
    package func prefetch(_ rows: UnsafeBufferPointer<UInt32>, _ kernels: Kernels) {
        for row in rows {
            weights.prefetch(Int(row), kernels)
            kernels.prefetch(
                state(Int(row)), byteCount: stateWidth * MemoryLayout<Float>.stride)
        }
    }
}

extension TableOptimiser {
    /// Updates some rows.
    ///
    /// - Parameter roundingSeed: With the row, the seed by which narrow numbers are rounded.
    package func update(
        _ block: TableRowGradients, of table: TrainedTable, rate: Float, roundingSeed: UInt64,
        _ kernels: Kernels
    ) {
        for (index, row) in block.rows.enumerated() {
            var mixer = SplitMix64(state: roundingSeed ^ UInt64(row))
            table.weights.update(Int(row), seed: mixer.next()) { weights in
                update(
                    weights, table.state(Int(row)), block.gradients.row(index),
                    width: table.weights.width, rate: rate, kernels)
            }
        }
    }
}

/// Adagrad (Duchi, Hazan, Singer 2011) with one accumulator a row: a hot row slows down as a
/// whole, and the state of a table is as small as a column.
package struct RowWiseAdagrad: TableOptimiser {
    package let decay: Float

    package init(decay: Float) {
        self.decay = decay
    }

    package func stateWidth(_ width: Int) -> Int { 1 }

    package func update(
        _ weights: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        _ gradient: UnsafePointer<Float>, width: Int, rate: Float, _ kernels: Kernels
    ) {
        kernels.adagradRow(
            weights: weights, sum: state, gradient: gradient, count: width, rate: rate,
            epsilon: adagradEpsilon, decay: decay)
    }
}

/// Adagrad with one accumulator a value.
package struct Adagrad: TableOptimiser {
    package let decay: Float

    package init(decay: Float) {
        self.decay = decay
    }

    package func stateWidth(_ width: Int) -> Int { width }

    package func update(
        _ weights: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        _ gradient: UnsafePointer<Float>, width: Int, rate: Float, _ kernels: Kernels
    ) {
        kernels.adagrad(
            weights: weights, sums: state, gradient: gradient, count: width, rate: rate,
            epsilon: adagradEpsilon, decay: decay)
    }
}

/// Adam whose moments move when their row is touched, and at no other time.
///
/// Plain Adam would decay the moments of every row at every step, and so read and write whole
/// tables. Here a row stands still while no batch touches it, and so does its clock: state is m, v
/// and the number of times that the row was touched, which the bias correction takes for t.
/// Corrected by the step of the training instead (as lazy variants elsewhere do), a row that is
/// first touched late, when 1 − β^t is 1, would move by (1 − β₁) / √(1 − β₂) ≈ 3.2 times the rate at once.
package struct LazyAdam: TableOptimiser {
    package let decay: Float

    package init(decay: Float) {
        self.decay = decay
    }

    package func stateWidth(_ width: Int) -> Int { 2 * width + 1 }

    package func update(
        _ weights: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        _ gradient: UnsafePointer<Float>, width: Int, rate: Float, _ kernels: Kernels
    ) {
        // A float counts exactly up to 2^24, and stays there: far beyond where β^t is 0.
        let touched = state + 2 * width
        touched.pointee += 1
        kernels.adam(
            weights: weights, first: state, second: state + width, gradient: gradient,
            count: width, rate: rate, beta1: Adam.beta1, beta2: Adam.beta2,
            step: Int(touched.pointee), epsilon: Adam.epsilon, decay: decay, penalty: 0)
    }
}

/// Small beside the gradients of a mean loss over thousands of examples.
private let adagradEpsilon: Float = 1e-8
