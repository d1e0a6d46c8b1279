import Foundation
import LinearAlgebra
import NeuralNetwork

/// The values of a tower for some rows, and their gradients: input, hidden layers, gate, output.
///
/// Workers may pass disjoint ranges of rows at the same time.
// Sendable because workers write disjoint rows.
final class TowerPass: @unchecked Sendable {
    let tower: Tower
    let capacity: Int
    /// Where the gradient of the input's row 0 goes: memory of the caller's, because tables read it
    /// after the pass is done with. Nil for forward alone.
    var inputGradients: UnsafeMutablePointer<Float>?
    private let values: UnsafeMutablePointer<Float>
    private let gradients: UnsafeMutablePointer<Float>
    /// Where each block starts, for values; the input has none among the gradients.
    private let starts: [Int]
    /// Widths of the blocks: the input, each layer, then with a gate those of the gate and of the
    /// output, which is the last layer's without one.
    private let widths: [Int]

    /// A pass for up to `capacity` rows.
    init(_ tower: Tower, capacity: Int, hasGradients: Bool) {
        self.tower = tower
        self.capacity = capacity
        let widths =
            [tower.inputWidth] + tower.perceptron.layers.map(\.outputs)
            + (tower.gate.map { [$0.outputs, tower.outputWidth] } ?? [])
        self.widths = widths
        starts = widths.indices.map { capacity * widths[..<$0].reduce(0, +) }
        let count = max(capacity * widths.reduce(0, +), 1)
        values = .allocate(capacity: count)
        values.initialize(repeating: 0, count: count)
        let gradientCount = hasGradients ? max(count - capacity * widths[0], 1) : 1
        gradients = .allocate(capacity: gradientCount)
        gradients.initialize(repeating: 0, count: gradientCount)
    }

    deinit {
        values.deallocate()
        gradients.deallocate()
    }

    /// The output of layer `index`, or the input for 0.
    func value(_ index: Int, _ rows: Range<Int>) -> MutableMatrixView {
        window(values + starts[index], index, rows)
    }

    func gradient(_ index: Int, _ rows: Range<Int>) -> MutableMatrixView {
        index == 0
            ? window(inputGradients!, 0, rows)
            : window(gradients + (starts[index] - starts[1]), index, rows)
    }

    private var lastLayer: Int { tower.perceptron.layers.count }
    private var gateBlock: Int { lastLayer + 1 }

    func output(_ rows: Range<Int>) -> MutableMatrixView { value(widths.count - 1, rows) }

    func outputGradient(_ rows: Range<Int>) -> MutableMatrixView {
        gradient(widths.count - 1, rows)
    }

    /// Where the caller writes the numbers of a row, before `forward`.
    func numeric(_ row: Int) -> UnsafeMutablePointer<Float> {
        value(0, row..<row + 1).base + tower.numericColumns.lowerBound
    }

    /// Adds the numbers of a row to a hash.
    func addNumbers(row: Int, to hash: inout FNV1a) {
        let numbers = UnsafeBufferPointer(start: numeric(row), count: tower.numericColumns.count)
        hash.add(UnsafeRawBufferPointer(numbers))
    }

    /// What a layer reads: of the input, the columns that are for layers.
    private func deep(_ view: MutableMatrixView, _ index: Int) -> MutableMatrixView {
        index == 0 ? view.columns(0..<tower.deepWidth) : view
    }

    // MARK: - Forward

    /// Computes the output of some rows, whose bags start at row 0; slots of sequences and numbers
    /// are there already.
    func forward(
        _ rows: Range<Int>, _ bags: [Bag], _ parameters: ParameterPointers, _ kernels: Kernels,
        dropout: Dropout?, chunk: Int
    ) {
        let input = value(0, rows)
        for (slot, bag) in zip(tower.slots, bags) where slot.filling == .bag {
            bag.forward(parameters.tables[slot.table], input.columns(slot.columns), kernels)
        }
        for (index, layer) in tower.perceptron.layers.enumerated() {
            let x = value(index, rows)
            dropout?.apply(to: x, layer: index, chunk: chunk, kernels)
            layer.forward(
                deep(x, index).readOnly, value(index + 1, rows), parameters.dense, kernels)
        }
        if let residual = tower.residualSlot.map({ tower.slots[$0] }) {
            if let gate = tower.gate {
                mix(gate, residual, rows, parameters, kernels)
            } else {
                add(residual, rows, kernels)
            }
        }
        if let wide = tower.wideSlot { add(tower.slots[wide], rows, kernels) }
    }

    /// Adds a slot to the first columns of the output.
    private func add(_ slot: Tower.Slot, _ rows: Range<Int>, _ kernels: Kernels) {
        let (input, output) = (value(0, rows), output(rows))
        for row in 0..<rows.count {
            kernels.axpy(1, input.row(row) + slot.column, output.row(row), slot.width)
        }
    }

    /// Writes r + g ⊙ (h − r) to the output.
    private func mix(
        _ gate: DenseLayer, _ residual: Tower.Slot, _ rows: Range<Int>,
        _ parameters: ParameterPointers, _ kernels: Kernels
    ) {
        let (input, gates, output) = (value(0, rows), value(gateBlock, rows), output(rows))
        let deepOutput = value(lastLayer, rows)
        gate.forward(deep(input, 0).readOnly, gates, parameters.dense, kernels)
        for row in 0..<rows.count {
            let (g, h, y) = (gates.row(row), deepOutput.row(row), output.row(row))
            let r = input.row(row) + residual.column
            for column in 0..<residual.width {
                g[column] = 1 / (1 + exp(-g[column]))
                y[column] = r[column] + g[column] * (h[column] - r[column])
            }
        }
    }

    // MARK: - Backward

    /// Propagates the gradient of the output: dense gradients are added, table rows of bags listed;
    /// the gradients of sequence slots stay in the gradient of the input.
    func backward(
        _ rows: Range<Int>, _ bags: [Bag], _ parameters: ParameterPointers, _ kernels: Kernels,
        dropout: Dropout?, chunk: Int, denseGradient: UnsafeMutablePointer<Float>,
        tableGradients: [TableGradients]
    ) {
        if tower.gate != nil { mixBackward(rows) }
        for (index, layer) in tower.perceptron.layers.enumerated().reversed() {
            layer.backward(
                deep(value(index, rows), index).readOnly, value(index + 1, rows).readOnly,
                parameters.dense, deep(gradient(index, rows), index), gradient(index + 1, rows),
                denseGradient, kernels)
            if index == 0 {
                directBackward(rows, parameters, denseGradient: denseGradient, kernels)
            }
            dropout?.apply(to: gradient(index, rows), layer: index, chunk: chunk, kernels)
        }
        let input = gradient(0, rows)
        for (slot, bag) in zip(tower.slots, bags) where slot.filling == .bag {
            bag.backward(input.columns(slot.columns), tableGradients[slot.table])
        }
    }

    /// Gives the last layer g ⊙ dy, and the gate before σ the gradient dy ⊙ (h − r) ⊙ g ⊙ (1 − g).
    private func mixBackward(_ rows: Range<Int>) {
        let residual = tower.slots[tower.residualSlot!]
        let (input, gates, deepOutput) = (
            value(0, rows), value(gateBlock, rows), value(lastLayer, rows)
        )
        let (dOutput, dGates, dDeep) = (
            outputGradient(rows), gradient(gateBlock, rows), gradient(lastLayer, rows)
        )
        for row in 0..<rows.count {
            let (g, h, dy) = (gates.row(row), deepOutput.row(row), dOutput.row(row))
            let (dz, dh) = (dGates.row(row), dDeep.row(row))
            let r = input.row(row) + residual.column
            for column in 0..<residual.width {
                dh[column] = g[column] * dy[column]
                dz[column] =
                    dy[column] * (h[column] - r[column]) * g[column] * (1 - g[column])
            }
        }
    }

    /// Adds to the gradient of the input what comes past the perceptron.
    private func directBackward(
        _ rows: Range<Int>, _ parameters: ParameterPointers,
        denseGradient: UnsafeMutablePointer<Float>, _ kernels: Kernels
    ) {
        let (input, output) = (gradient(0, rows), outputGradient(rows))
        if let residual = tower.residualSlot.map({ tower.slots[$0] }) {
            if let gate = tower.gate {
                let gates = value(gateBlock, rows)
                gate.backward(
                    deep(value(0, rows), 0).readOnly, gates.readOnly, parameters.dense,
                    deep(input, 0), gradient(gateBlock, rows), denseGradient, kernels,
                    accumulating: true)
                for row in 0..<rows.count {
                    let (dr, dy, g) = (
                        input.row(row) + residual.column, output.row(row), gates.row(row)
                    )
                    for column in 0..<residual.width {
                        dr[column] += (1 - g[column]) * dy[column]
                    }
                }
            } else {
                // The last layer has no activation, so its gradient is still the output's.
                for row in 0..<rows.count {
                    kernels.axpy(
                        1, output.row(row), input.row(row) + residual.column, residual.width)
                }
            }
        }
        if let wide = tower.wideSlot.map({ tower.slots[$0] }) {
            for row in 0..<rows.count {
                (input.row(row) + wide.column).update(from: output.row(row), count: wide.width)
            }
        }
    }

    // Each block has capacity × width values, so that its rows follow one another.
    private func window(
        _ block: UnsafeMutablePointer<Float>, _ index: Int, _ rows: Range<Int>
    ) -> MutableMatrixView {
        precondition(rows.upperBound <= capacity, "rows \(rows) of a pass for \(capacity)")
        return MutableMatrixView(
            base: block + rows.lowerBound * widths[index], rows: rows.count,
            columns: widths[index], stride: widths[index])
    }
}
