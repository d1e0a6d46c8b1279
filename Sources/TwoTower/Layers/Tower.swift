import LinearAlgebra

/// One side of the model: slots and numbers side by side, then a perceptron.
struct Tower: Sendable {
    /// Columns of the input.
    struct Slot: Sendable {
        /// What fills the columns.
        enum Filling: Sendable {
            /// A bag: the weighted sum of table rows.
            case bag
            /// An encoder over sequences, before the tower runs.
            case sequence
        }

        let name: String
        let table: Int
        let column: Int
        let width: Int
        var filling = Filling.bag

        var columns: Range<Int> { column..<column + width }
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
    /// Inside an encoder of sequences.
    var sequence: Float
    var seed: UInt64

    func ofSequences(chunk: Int) -> SequenceDropout? {
        sequence > 0
            ? SequenceDropout(rate: sequence, seed: seed(layer: 1 << 8, chunk: chunk)) : nil
    }

    func seed(layer: Int, chunk: Int) -> UInt64 {
        var mixer = SplitMix64(state: seed ^ UInt64(layer + 1) << 48 ^ UInt64(chunk))
        return mixer.next()
    }
}

/// The values of a tower for some rows, and their gradients: input, hidden layers, output.
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
    /// Where each layer's block starts, for values; the input has none among the gradients.
    private let starts: [Int]
    private let widths: [Int]

    /// A pass for up to `capacity` rows.
    init(_ tower: Tower, capacity: Int, hasGradients: Bool) {
        self.tower = tower
        self.capacity = capacity
        let widths = [tower.inputWidth] + tower.perceptron.layers.map(\.outputs)
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

    func output(_ rows: Range<Int>) -> MutableMatrixView { value(widths.count - 1, rows) }

    func outputGradient(_ rows: Range<Int>) -> MutableMatrixView {
        gradient(widths.count - 1, rows)
    }

    /// Where the caller writes the numbers of a row, before `forward`.
    func numeric(_ row: Int) -> UnsafeMutablePointer<Float> {
        value(0, row..<row + 1).base + tower.numericColumns.lowerBound
    }

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
            drop(x, dropout, layer: index, chunk: chunk, kernels)
            layer.forward(x.readOnly, value(index + 1, rows), parameters.dense, kernels)
        }
        guard let residual = tower.residualSlot.map({ tower.slots[$0] }) else { return }
        let output = output(rows)
        for row in 0..<rows.count {
            kernels.axpy(1, input.row(row) + residual.column, output.row(row), residual.width)
        }
    }

    /// Propagates the gradient of the output: dense gradients are added, table rows of bags listed;
    /// the gradients of sequence slots stay in the gradient of the input.
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
        for (slot, bag) in zip(tower.slots, bags) where slot.filling == .bag {
            bag.backward(input.columns(slot.columns), tableGradients[slot.table])
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
        _ block: UnsafeMutablePointer<Float>, _ index: Int, _ rows: Range<Int>
    ) -> MutableMatrixView {
        precondition(rows.upperBound <= capacity, "rows \(rows) of a pass for \(capacity)")
        return MutableMatrixView(
            base: block + rows.lowerBound * widths[index], rows: rows.count,
            columns: widths[index], stride: widths[index])
    }
}
