import LinearAlgebra
import NeuralNetwork

/// One side of the model: slots and numbers side by side, then a perceptron, then what reaches the
/// output directly.
///
/// With h the output of the perceptron, r the residual slot and w the wide slot, the output is
///
///     h + r + w    or, with a gate,    g ⊙ h + (1 − g) ⊙ r + w,  g = σ(W x + b),
///
/// the latter as in highway networks (Srivastava, Greff, Schmidhuber 2015), the wide slot as in Wide &
/// Deep (Cheng et al. 2016). A row of the input is slots, numbers, wide slot; the perceptron and
/// the gate read all but the last.
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
    /// The slot behind the numbers that the perceptron does not read and the output adds, if any.
    var wideSlot: Int?
    let perceptron: Perceptron
    /// Weighs perceptron and residual slot against each other, if set; as wide as both.
    var gate: DenseLayer?

    /// The columns that the perceptron and the gate read.
    var deepWidth: Int { numericColumns.upperBound }
    var inputWidth: Int { wideSlot.map { slots[$0].columns.upperBound } ?? deepWidth }
    var outputWidth: Int { perceptron.layers.last!.outputs }
    /// Every dense layer, in the order of their parameters.
    var layers: [DenseLayer] { perceptron.layers + (gate.map { [$0] } ?? []) }
    var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }

    /// Fills weights as Glorot and Bengio (2010) advise, biases with 0.
    func initialize(_ parameters: inout [Float], using generator: inout SeededGenerator) {
        for layer in layers { layer.initialize(&parameters, using: &generator) }
    }
}
