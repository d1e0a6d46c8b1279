import LinearAlgebra

/// One side of the model: bags and numbers side by side, then a perceptron.
struct Tower: Sendable {
    /// Columns of the input that a bag fills from a table.
    struct Slot: Sendable {
        let name: String
        let table: Int
        let column: Int
        let width: Int
        let encoder: any BagEncoder
    }

    let name: String
    let slots: [Slot]
    /// The columns of the input that hold numbers.
    let numericColumns: Range<Int>
    /// The slot that is added to the first columns of the output, if any.
    let residualSlot: Int?
    let perceptron: Perceptron

    var inputWidth: Int { numericColumns.upperBound }
    var outputWidth: Int { perceptron.layers.last!.outputs }
}

/// The parameters in place, while a training or an embedding holds them there.
// Sendable because workers only read, or write parts of their own.
struct ParameterPointers: @unchecked Sendable {
    let dense: UnsafeMutablePointer<Float>
    let tables: [TableView]
}

/// Which values a training step zeroes: seeds of the masks, so that backward repeats forward.
struct Dropout: Sendable {
    var input: Float
    var hidden: Float
    var seed: UInt64

    func seed(layer: Int, chunk: Int) -> UInt64 {
        var mixer = SplitMix64(state: seed ^ UInt64(layer + 1) << 48 ^ UInt64(chunk))
        return mixer.next()
    }
}

/// The values of a tower for one batch, and their gradients: input, hidden layers, output.
///
/// Workers pass disjoint ranges of rows, so that one pass serves all of a batch.
// Sendable because workers write disjoint rows.
final class TowerPass: @unchecked Sendable {
    let tower: Tower
    let capacity: Int
    private let values: UnsafeMutablePointer<Float>
    private let gradients: UnsafeMutablePointer<Float>
    private let widths: [Int]

    /// Values a row needs: the input, every layer's output.
    static func rowWidth(_ tower: Tower) -> Int {
        tower.inputWidth + tower.perceptron.layers.reduce(0) { $0 + $1.outputs }
    }

    /// A pass for up to `capacity` rows; without an arena for gradients, forward alone.
    init(_ tower: Tower, capacity: Int, gradients: UnsafeMutablePointer<Float>? = nil) {
        self.tower = tower
        self.capacity = capacity
        widths = [tower.inputWidth] + tower.perceptron.layers.map(\.outputs)
        let count = max(capacity * Self.rowWidth(tower), 1)
        values = .allocate(capacity: count)
        values.initialize(repeating: 0, count: count)
        self.gradients = gradients ?? values
    }

    deinit { values.deallocate() }

    /// The output of layer `index`, or the input for 0.
    func value(_ index: Int, _ rows: Range<Int>) -> MutableMatrixView {
        window(values, index, rows)
    }

    func gradient(_ index: Int, _ rows: Range<Int>) -> MutableMatrixView {
        window(gradients, index, rows)
    }

    func output(_ rows: Range<Int>) -> MutableMatrixView { value(widths.count - 1, rows) }

    func outputGradient(_ rows: Range<Int>) -> MutableMatrixView {
        gradient(widths.count - 1, rows)
    }

    /// Where the caller writes the numbers of a row, before `forward`.
    func numeric(_ row: Int) -> UnsafeMutablePointer<Float> {
        value(0, row..<row + 1).base + tower.numericColumns.lowerBound
    }

    /// Computes the output of some rows, whose bags start at row 0.
    func forward(
        _ rows: Range<Int>, _ bags: [Bag], _ parameters: ParameterPointers, _ kernels: Kernels,
        dropout: Dropout?, chunk: Int
    ) {
        let input = value(0, rows)
        for (slot, bag) in zip(tower.slots, bags) {
            slot.encoder.forward(
                bag, parameters.tables[slot.table],
                input.columns(slot.column..<slot.column + slot.width), kernels)
        }
        for (index, layer) in tower.perceptron.layers.enumerated() {
            let x = value(index, rows)
            drop(x, dropout, layer: index, chunk: chunk, kernels)
            layer.forward(x.readOnly, value(index + 1, rows), parameters.dense, kernels)
        }
        guard let residual = tower.residualSlot.map({ tower.slots[$0] }) else { return }
        let output = output(rows)
        for row in 0..<rows.count {
            kernels.axpy(1, input.row(row) + residual.column, output.row(row), residual.width)
        }
    }

    /// Propagates the gradient of the output: dense gradients are added, table rows listed.
    func backward(
        _ rows: Range<Int>, _ bags: [Bag], _ parameters: ParameterPointers, _ kernels: Kernels,
        dropout: Dropout?, chunk: Int, denseGradient: UnsafeMutablePointer<Float>,
        tableGradients: [TableGradients]
    ) {
        for (index, layer) in tower.perceptron.layers.enumerated().reversed() {
            layer.backward(
                value(index, rows).readOnly, value(index + 1, rows).readOnly, parameters.dense,
                gradient(index, rows), gradient(index + 1, rows), denseGradient, kernels)
            if index == 0, let residual = tower.residualSlot.map({ tower.slots[$0] }) {
                // The last layer has no activation, so its gradient is still the output's.
                let (input, output) = (gradient(0, rows), outputGradient(rows))
                for row in 0..<rows.count {
                    kernels.axpy(
                        1, output.row(row), input.row(row) + residual.column, residual.width)
                }
            }
            drop(gradient(index, rows), dropout, layer: index, chunk: chunk, kernels)
        }
        let input = gradient(0, rows)
        for (slot, bag) in zip(tower.slots, bags) {
            slot.encoder.backward(
                bag, input.columns(slot.column..<slot.column + slot.width),
                tableGradients[slot.table])
        }
    }

    private func drop(
        _ x: MutableMatrixView, _ dropout: Dropout?, layer: Int, chunk: Int, _ kernels: Kernels
    ) {
        guard let dropout else { return }
        let probability = layer == 0 ? dropout.input : dropout.hidden
        guard probability > 0 else { return }
        kernels.dropout(
            x.base, x.rows * x.columns, seed: dropout.seed(layer: layer, chunk: chunk),
            probability: probability)
    }

    // Each layer has a block of its own, capacity × width, so that its rows follow one another.
    private func window(
        _ base: UnsafeMutablePointer<Float>, _ index: Int, _ rows: Range<Int>
    ) -> MutableMatrixView {
        precondition(rows.upperBound <= capacity, "rows \(rows) of a pass for \(capacity)")
        var start = 0
        for width in widths[..<index] { start += capacity * width }
        return MutableMatrixView(
            base: base + start + rows.lowerBound * widths[index], rows: rows.count,
            columns: widths[index], stride: widths[index])
    }
}
