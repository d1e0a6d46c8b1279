import NeuralNetwork

extension TrainingStep {
    private var magnitudes: ParameterMagnitudes {
        let layers = [architecture.userTower, architecture.itemTower].flatMap(\.layers)
        return ParameterMagnitudes(
            of: updater, tables: architecture.tables.map(\.name),
            dense: layers.map { ($0.name, $0.offset..<$0.offset + $0.parameterCount) }
                + [("history encoder", architecture.encoderDense)])
    }

    /// Whether all parameters are finite.
    var isFinite: Bool { magnitudes.areFinite }

    /// The error of a problem, in words, with the table or layer that is to blame.
    func divergence(_ problem: String) -> ModelError {
        ModelError(
            .diverged, magnitudes.explanation(of: problem),
            hint: "Lower the learning rates, or lengthen the warm-up.")
    }
}
