import LinearAlgebra
import NeuralNetwork

/// A gated recurrent unit (Cho et al. 2014), the encoder of GRU4Rec (Hidasi et al. 2016), with the reset
/// after the product so that a step is one product:
///
///     a = e W + b,  c = h U
///     r = σ(a₁ + c₁),  z = σ(a₂ + c₂),  n = tanh(a₃ + r c₃),  h′ = (1 − z) n + z h
///
/// The sequences of a chunk go through it side by side: rows are kept in order of time, all first
/// positions before all second ones and longer sequences first, so that the rows of a step, and
/// the states before them, lie together.
package struct GatedRecurrentUnit: SequenceEncoder {
    package let width: Int
    package let parameterCount: Int
    /// W, `[width, 3 width]`, for reset, update and content.
    let inputWeights: Int
    /// b.
    let bias: Int
    /// U, `[width, 3 width]`.
    let recurrentWeights: Int

    /// An encoder whose states are as wide as its events.
    package init(width: Int) {
        precondition(width > 0, "a state of width \(width)")
        self.width = width
        var layout = Layout.parameters()
        inputWeights = layout.take(width * 3 * width)
        bias = layout.take(3 * width)
        recurrentWeights = layout.take(width * 3 * width)
        parameterCount = layout.count
    }

    package func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        for weights in [inputWeights, recurrentWeights] {
            (parameters + weights).fillGaussian(
                width * 3 * width, deviation: 1 / Float(width).squareRoot(), using: &generator)
        }
        (parameters + bias).update(repeating: 0, count: 3 * width)
    }

    package func workspaceSize(positions: Int, readouts: Int, longest: Int) -> Int {
        Workspace(width, positions: positions, longest: longest).count
    }

    /// Where a pass keeps its arrays; all but the first three have a row for each position, in order of
    /// time.
    private struct Workspace {
        /// The row of each position.
        let rowOfPosition: Int
        /// Where the rows of each step start; one more than steps.
        let steps: Int
        /// The next free place among the sequences of each length.
        let places: Int
        let events: Int
        /// a, `[rows, 3 width]`, and c.
        let input: Int
        let recurrent: Int
        /// r, z and n, `[rows, 3 width]`.
        let gates: Int
        /// h before and after each step.
        let previous: Int
        let state: Int
        // Gradients of the same.
        let eventGradient: Int
        let inputGradient: Int
        let recurrentGradient: Int
        let previousGradient: Int
        let stateGradient: Int
        let count: Int

        init(_ width: Int, positions: Int, longest: Int) {
            var layout = Layout.workspace()
            rowOfPosition = layout.take(positions)
            steps = layout.take(longest + 1)
            places = layout.take(longest + 1)
            events = layout.take(positions * width)
            input = layout.take(positions * 3 * width)
            recurrent = layout.take(positions * 3 * width)
            gates = layout.take(positions * 3 * width)
            previous = layout.take(positions * width)
            state = layout.take(positions * width)
            eventGradient = layout.take(positions * width)
            inputGradient = layout.take(positions * 3 * width)
            recurrentGradient = layout.take(positions * 3 * width)
            previousGradient = layout.take(positions * width)
            stateGradient = layout.take(positions * width)
            count = layout.count
        }
    }

    package func forward(
        _ sequences: PackedSequences, events: MatrixView, states: MutableMatrixView,
        parameters: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>,
        dropout: SequenceDropout?, kernels: Kernels
    ) {
        sequences.withPointers { sequences in
            let positions = sequences.positionCount
            let place = Workspace(width, positions: positions, longest: sequences.longest)
            order(sequences, place, workspace)
            let rows = integers(workspace + place.rowOfPosition)
            let steps = integers(workspace + place.steps)
            let x = matrix(workspace + place.events, positions, width)
            for position in 0..<positions {
                x.row(Int(rows[position])).update(from: events.row(position), count: width)
            }
            dropout?.apply(x.base, positions * width, place: 0, kernels)
            let input = matrix(workspace + place.input, positions, 3 * width)
            BLAS.multiply(
                x.readOnly, matrix(parameters + inputWeights, width, 3 * width), into: input)
            kernels.addBias(parameters + bias, activation: .identity, to: input)
            let previous = matrix(workspace + place.previous, positions, width)
            let recurrent = matrix(workspace + place.recurrent, positions, 3 * width)
            let state = matrix(workspace + place.state, positions, width)
            let weights = matrix(parameters + recurrentWeights, width, 3 * width)
            previous.base.update(repeating: 0, count: Int(steps[1]) * width)
            for step in 0..<sequences.longest {
                let (start, end) = (Int(steps[step]), Int(steps[step + 1]))
                if step > 0 {
                    previous.row(start).update(
                        from: state.row(Int(steps[step - 1])), count: (end - start) * width)
                }
                BLAS.multiply(
                    previous.rows(start..<end).readOnly, weights,
                    into: recurrent.rows(start..<end))
                kernels.recurrence(
                    input: input.row(start), recurrent: recurrent.row(start),
                    previous: previous.row(start),
                    gates: workspace + place.gates + start * 3 * width, state: state.row(start),
                    rows: end - start, width: width)
            }
            for readout in 0..<sequences.readoutCount {
                let row = Int(rows[Int(sequences.readouts[readout])])
                states.row(readout).update(from: state.row(row), count: width)
            }
        }
    }

    package func backward(
        _ sequences: PackedSequences, events: MatrixView, states: MatrixView,
        stateGradient: MatrixView, eventGradient: MutableMatrixView,
        parameters: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>,
        workspace: UnsafeMutablePointer<Float>, dropout: SequenceDropout?, kernels: Kernels
    ) {
        sequences.withPointers { sequences in
            let positions = sequences.positionCount
            let place = Workspace(width, positions: positions, longest: sequences.longest)
            let rows = integers(workspace + place.rowOfPosition)
            let steps = integers(workspace + place.steps)
            let gradient = matrix(workspace + place.stateGradient, positions, width)
            gradient.base.update(repeating: 0, count: positions * width)
            for readout in 0..<sequences.readoutCount {
                let row = Int(rows[Int(sequences.readouts[readout])])
                gradient.row(row).update(from: stateGradient.row(readout), count: width)
            }
            let weights = matrix(parameters + recurrentWeights, width, 3 * width)
            let previous = matrix(workspace + place.previous, positions, width).readOnly
            let previousGradient = matrix(workspace + place.previousGradient, positions, width)
            let inputGradient = matrix(workspace + place.inputGradient, positions, 3 * width)
            let recurrentGradient = matrix(
                workspace + place.recurrentGradient, positions, 3 * width)
            for step in (0..<sequences.longest).reversed() {
                let (start, end) = (Int(steps[step]), Int(steps[step + 1]))
                kernels.recurrenceBackward(
                    recurrent: workspace + place.recurrent + start * 3 * width,
                    previous: previous.row(start),
                    gates: workspace + place.gates + start * 3 * width,
                    stateGradient: gradient.row(start), inputGradient: inputGradient.row(start),
                    recurrentGradient: recurrentGradient.row(start),
                    previousGradient: previousGradient.row(start), rows: end - start,
                    width: width)
                if step == 0 { continue }
                BLAS.multiply(
                    recurrentGradient.rows(start..<end).readOnly, weights,
                    transposing: .second, into: previousGradient.rows(start..<end),
                    accumulating: true)
                kernels.axpy(
                    1, previousGradient.row(start), gradient.row(Int(steps[step - 1])),
                    (end - start) * width)
            }
            BLAS.multiply(
                previous, recurrentGradient.readOnly, transposing: .first,
                into: matrix(parameterGradient + recurrentWeights, width, 3 * width),
                accumulating: true)
            BLAS.multiply(
                matrix(workspace + place.events, positions, width).readOnly,
                inputGradient.readOnly, transposing: .first,
                into: matrix(parameterGradient + inputWeights, width, 3 * width),
                accumulating: true)
            kernels.addColumnSums(inputGradient.readOnly, to: parameterGradient + bias)
            let dx = matrix(workspace + place.eventGradient, positions, width)
            BLAS.multiply(
                inputGradient.readOnly, matrix(parameters + inputWeights, width, 3 * width),
                transposing: .second, into: dx)
            dropout?.apply(dx.base, positions * width, place: 0, kernels)
            for position in 0..<positions {
                eventGradient.row(position).update(
                    from: dx.row(Int(rows[position])), count: width)
            }
        }
    }

    /// Gives each position its row, and each step its rows.
    private func order(
        _ sequences: SequencePointers, _ place: Workspace,
        _ workspace: UnsafeMutablePointer<Float>
    ) {
        let rows = integers(workspace + place.rowOfPosition)
        let steps = integers(workspace + place.steps)
        let places = integers(workspace + place.places)
        let longest = sequences.longest
        // First how many sequences have each length, then how many are longer: their places come
        // before.
        places.update(repeating: 0, count: longest + 1)
        for sequence in 0..<sequences.count { places[sequences.positions(sequence).count] += 1 }
        var longer: Int32 = 0
        for length in (0...longest).reversed() {
            let count = places[length]
            places[length] = longer
            longer += count
        }
        steps[0] = 0
        for step in 0..<longest { steps[step + 1] = steps[step] + places[step] }
        for sequence in 0..<sequences.count {
            let positions = sequences.positions(sequence)
            let own = places[positions.count]
            places[positions.count] += 1
            for position in positions {
                rows[position] = steps[position - positions.lowerBound] + own
            }
        }
    }
}
