import LinearAlgebra
import NeuralNetwork

/// The item side of one item at a time: what fills the tower's input, and the tower's pass.
// Sendable because one worker at a time has it.
final class ItemRow: @unchecked Sendable {
    private let inputs: TowerInputs
    /// Numeric features of all items, shape `[items, features]`; nil for none.
    private let features: Matrix?
    private let bags: [Bag]
    private let pass: TowerPass

    init(_ inputs: TowerInputs, features: Matrix?) {
        self.inputs = inputs
        self.features = features.flatMap { $0.columns > 0 ? $0 : nil }
        bags = inputs.architecture.itemTower.slots.map { _ in Bag() }
        pass = TowerPass(inputs.architecture.itemTower, capacity: 1, hasGradients: false)
    }

    /// Takes an item in place of the one before.
    func fill(_ item: Int) {
        for bag in bags { bag.removeAll() }
        func append(_ features: UnsafePointer<Float>?) {
            inputs.appendItem(
                item, hidingId: false, features: features, to: bags, numeric: pass.numeric(0))
        }
        guard let features else { return append(nil) }
        features.withView { append($0.row(item)) }
    }

    /// Writes the embedding, shape `[1, width]`.
    func forward(
        into embedding: MutableMatrixView, _ parameters: ParameterPointers,
        _ interaction: Interaction, _ kernels: Kernels
    ) {
        pass.forward(0..<1, bags, parameters, kernels, dropout: nil, chunk: 0)
        interaction.forward(pass.output(0..<1).readOnly, embedding, .item, kernels)
    }

    /// The hash of all that the pass reads.
    var inputHash: UInt64 {
        var hash = FNV1a()
        for bag in bags { bag.add(to: &hash) }
        pass.addNumbers(row: 0, to: &hash)
        return hash.value
    }
}
