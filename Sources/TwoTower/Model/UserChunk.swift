import LinearAlgebra
import NeuralNetwork

/// The user side of some users: what fills the tower's input, and the tower's pass.
///
/// A user has a row for each interest, one after the other, which differ in what was read of the
/// history. Training and embedding share it, so that the two cannot differ.
// Sendable because one worker at a time has it.
final class UserChunk: @unchecked Sendable {
    let capacity: Int
    private let inputs: TowerInputs
    private let bags: [Bag]
    private let pass: TowerPass
    private let histories: HistorySequences?
    private let interestCount: Int
    private(set) var rowCount = 0

    /// - Parameter capacity: Users, at most.
    init(_ inputs: TowerInputs, capacity: Int, hasGradients: Bool) {
        let architecture = inputs.architecture
        self.inputs = inputs
        self.capacity = capacity
        interestCount = architecture.configuration.interestCount
        bags = architecture.userTower.slots.map { _ in Bag() }
        pass = TowerPass(
            architecture.userTower, capacity: capacity * interestCount,
            hasGradients: hasGradients)
        histories = architecture.sequenceEncoder.map {
            HistorySequences(
                $0, parameterOffset: architecture.encoderDense.lowerBound,
                slot: architecture.userTower.slots[Architecture.historySlot])
        }
    }

    /// Forgets the rows and keeps the memory.
    func removeAll() {
        for bag in bags { bag.removeAll() }
        histories?.removeAll()
        rowCount = 0
    }

    /// Adds a user with some events as history, as of a day.
    func append(_ user: Int, events: Range<Int>, day: Int32) {
        append(user, events: events, day: day, hiding: [])
        guard let histories else { return }
        let newest = inputs.newest(events)
        histories.append(inputs.unknownItemRow)
        for event in newest { histories.append(inputs.itemRow(ofEvent: event)) }
        histories.read(into: rowCount - interestCount)
        histories.closeSequence()
    }

    /// Takes one user with the whole history, in place of what was there.
    ///
    /// - Parameter days: The day on which each user is asked for; nil for the day after the last event.
    func fill(_ user: Int, asOf days: [Int32]?) {
        removeAll()
        let events = inputs.sequences.events(of: user)
        let day = days?[user] ?? events.last.map { inputs.sequences.days[$0] + 1 } ?? 0
        append(user, events: events, day: day)
    }

    /// The hash of all that the pass reads.
    var inputHash: UInt64 {
        var hash = FNV1a()
        for bag in bags { bag.add(to: &hash) }
        for row in 0..<rowCount { pass.addNumbers(row: row, to: &hash) }
        histories?.add(to: &hash)
        return hash.value
    }

    /// Adds examples of one user, in order of time, that share the history `window`; `hidden` says
    /// what each of them does not see.
    func append(
        _ run: ArraySlice<Example>, window: Range<Int>, hidden: (Int) -> TowerInputs.Hidden
    ) {
        let firstRow = rowCount
        let start = inputs.sequences.offsets[Int(run.first!.user)]
        var isHistoryHidden: [Bool] = []
        for (index, example) in run.enumerated() {
            let hidden = hidden(index)
            isHistoryHidden.append(hidden.contains(.history))
            let event = Int(example.event)
            append(
                Int(example.user), events: start..<event, day: inputs.sequences.days[event],
                hiding: hidden)
        }
        guard let histories else { return }
        if isHistoryHidden.contains(false) {
            histories.append(inputs.unknownItemRow)
            var event = window.lowerBound
            for (index, example) in run.enumerated() where !isHistoryHidden[index] {
                while event < example.event {
                    histories.append(inputs.itemRow(ofEvent: event))
                    event += 1
                }
                histories.read(into: firstRow + index * interestCount)
            }
            histories.closeSequence()
        }
        for index in isHistoryHidden.indices where isHistoryHidden[index] {
            histories.append(inputs.unknownItemRow)
            histories.read(into: firstRow + index * interestCount)
            histories.closeSequence()
        }
    }

    private func append(
        _ user: Int, events: Range<Int>, day: Int32, hiding hidden: TowerInputs.Hidden
    ) {
        for _ in 0..<interestCount {
            inputs.appendUser(
                user, events: events, day: day, hiding: hidden, to: bags,
                numeric: pass.numeric(rowCount))
            rowCount += 1
        }
    }

    /// Writes the embeddings of all rows, shape `[rowCount, width]`.
    func forward(
        into embeddings: MutableMatrixView, _ parameters: ParameterPointers, _ kernels: Kernels,
        dropout: Dropout? = nil, chunk: Int = 0
    ) {
        let rows = 0..<rowCount
        histories?.forward(
            into: pass.value(0, rows), parameters, dropout?.ofSequences(chunk: chunk), kernels)
        pass.forward(rows, bags, parameters, kernels, dropout: dropout, chunk: chunk)
        inputs.architecture.interaction.forward(
            pass.output(rows).readOnly, embeddings, .user, kernels)
    }

    /// Propagates the gradient of the embeddings to dense parameters and table rows.
    ///
    /// - Parameters:
    ///   - inputGradients: Room for the gradient of the tower's input, in the arena of
    ///     `tableGradients`.
    ///   - eventGradients: Room for that of the positions of histories, there as well.
    func backward(
        _ embeddingGradients: MatrixView, inputGradients: UnsafeMutablePointer<Float>,
        eventGradients: UnsafeMutablePointer<Float>, _ parameters: ParameterPointers,
        _ kernels: Kernels, dropout: Dropout?, chunk: Int,
        denseGradient: UnsafeMutablePointer<Float>, tableGradients: [TableGradients]
    ) {
        let rows = 0..<rowCount
        pass.inputGradients = inputGradients
        inputs.architecture.interaction.backward(
            pass.output(rows).readOnly, pass.outputGradient(rows), embeddingGradients, .user,
            kernels)
        pass.backward(
            rows, bags, parameters, kernels, dropout: dropout, chunk: chunk,
            denseGradient: denseGradient, tableGradients: tableGradients)
        guard let histories else { return }
        let slot = inputs.architecture.userTower.slots[Architecture.historySlot]
        histories.backward(
            pass.gradient(0, rows), eventGradients: eventGradients, parameters,
            denseGradient: denseGradient, tableGradients[slot.table],
            dropout?.ofSequences(chunk: chunk), kernels)
    }
}
