import LinearAlgebra
import NeuralNetwork

/// The histories of some rows as packed sequences: from table rows through an encoder to columns of
/// the tower's input, and back.
// Sendable because one worker at a time has it.
final class HistorySequences: @unchecked Sendable {
    private let encoder: any SequenceEncoder
    /// Where the encoder's parameters start among the dense ones.
    private let parameterOffset: Int
    private let slot: Tower.Slot

    private var packed = PackedSequences(
        offsets: [0], ages: [], readouts: [], readoutOffsets: [0])
    private var longest = 0
    /// The table row of each position.
    private var tableRows: [UInt32] = []
    /// The row of the tower's input that each readout fills; the first where it has several states.
    private var inputRows: [Int32] = []
    private let events = FloatBuffer()
    private let states = FloatBuffer()
    private let stateGradients = FloatBuffer()
    private let workspace = FloatBuffer()

    init(_ encoder: any SequenceEncoder, parameterOffset: Int, slot: Tower.Slot) {
        self.encoder = encoder
        self.parameterOffset = parameterOffset
        self.slot = slot
    }

    /// Forgets the sequences and keeps the memory.
    func removeAll() {
        packed.offsets.removeAll(keepingCapacity: true)
        packed.offsets.append(0)
        packed.ages.removeAll(keepingCapacity: true)
        packed.readouts.removeAll(keepingCapacity: true)
        packed.readoutOffsets.removeAll(keepingCapacity: true)
        packed.readoutOffsets.append(0)
        tableRows.removeAll(keepingCapacity: true)
        inputRows.removeAll(keepingCapacity: true)
        longest = 0
    }

    /// Adds a position of the sequence that is being built; the first stands for "nothing yet".
    func append(_ tableRow: UInt32) { tableRows.append(tableRow) }

    /// Asks for the states after the positions so far; they fill as many rows of the tower's input.
    func read(into inputRow: Int) {
        packed.readouts.append(Int32(tableRows.count - 1))
        inputRows.append(Int32(inputRow))
    }

    /// Ends the sequence that is being built.
    func closeSequence() {
        let length = tableRows.count - packed.ages.count
        for age in stride(from: length - 1, through: 0, by: -1) { packed.ages.append(Int32(age)) }
        packed.offsets.append(Int32(tableRows.count))
        packed.readoutOffsets.append(Int32(packed.readouts.count))
        longest = max(longest, length)
    }

    /// Adds the sequences to a hash.
    func add(to hash: inout FNV1a) {
        tableRows.withUnsafeBytes { hash.add($0) }
    }

    /// Writes the states to the slot's columns of the input.
    func forward(
        into input: MutableMatrixView, _ parameters: ParameterPointers, _ dropout: SequenceDropout?,
        _ kernels: Kernels
    ) {
        let (width, positions, rows) = (encoder.width, tableRows.count, stateRows)
        let table = parameters.tables[slot.table]
        let events = MutableMatrixView(
            base: events.reserve(positions * width), rows: positions, columns: width, stride: width)
        table.read(tableRows, into: events)
        let states = MutableMatrixView(
            base: states.reserve(rows * width), rows: rows, columns: width, stride: width)
        let size = encoder.workspaceSize(
            positions: positions, readouts: inputRows.count, longest: longest)
        encoder.forward(
            packed, events: events.readOnly, states: states,
            parameters: parameters.dense + parameterOffset, workspace: workspace.reserve(size),
            dropout: dropout, kernels: kernels)
        for row in 0..<rows {
            (input.row(inputRow(ofState: row)) + slot.column).update(
                from: states.row(row), count: width)
        }
    }

    /// States of all readouts.
    private var stateRows: Int { inputRows.count * encoder.stateCount }

    private func inputRow(ofState row: Int) -> Int {
        let (readout, state) = row.quotientAndRemainder(dividingBy: encoder.stateCount)
        return Int(inputRows[readout]) + state
    }

    /// Takes the gradient of the states from the slot's columns, adds that of the encoder's
    /// parameters, and lists the table rows.
    ///
    /// - Parameter eventGradients: Room for the gradients of all positions, in the arena of
    ///   `tableGradients`.
    func backward(
        _ inputGradient: MutableMatrixView, eventGradients: UnsafeMutablePointer<Float>,
        _ parameters: ParameterPointers, denseGradient: UnsafeMutablePointer<Float>,
        _ tableGradients: TableGradients, _ dropout: SequenceDropout?, _ kernels: Kernels
    ) {
        let (width, positions, rows) = (encoder.width, tableRows.count, stateRows)
        let gradients = MutableMatrixView(
            base: stateGradients.reserve(rows * width), rows: rows, columns: width,
            stride: width)
        for row in 0..<rows {
            gradients.row(row).update(
                from: inputGradient.row(inputRow(ofState: row)) + slot.column, count: width)
        }
        let eventGradients = MutableMatrixView(
            base: eventGradients, rows: positions, columns: width, stride: width)
        encoder.backward(
            packed,
            events: MatrixView(
                base: events.base, rows: positions, columns: width, stride: width),
            states: MatrixView(base: states.base, rows: rows, columns: width, stride: width),
            stateGradient: gradients.readOnly, eventGradient: eventGradients,
            parameters: parameters.dense + parameterOffset,
            parameterGradient: denseGradient + parameterOffset, workspace: workspace.base,
            dropout: dropout, kernels: kernels)
        tableGradients.append(tableRows, gradients: eventGradients)
    }
}
