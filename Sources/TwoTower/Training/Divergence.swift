import LinearAlgebra

extension TrainingStep {
    /// The error of a loss that is not finite, or too large: names the first parameters that
    /// are not finite, or else those with the largest value.
    func divergence(loss: Double, batch: Int) -> TwoTowerError {
        var places: [(name: String, values: UnsafeBufferPointer<Float>)] = []
        for (shape, table) in zip(architecture.tables, parameters.tables) {
            places.append(
                (
                    "\(shape.name) table",
                    UnsafeBufferPointer(start: table.base, count: shape.rows * shape.width)
                ))
        }
        for tower in [architecture.userTower, architecture.itemTower] {
            for layer in tower.layers {
                places.append(
                    (
                        layer.name,
                        UnsafeBufferPointer(
                            start: parameters.dense + layer.offset, count: layer.parameterCount)
                    ))
            }
        }
        if architecture.encoderDense.count > 0 {
            places.append(
                (
                    "history encoder",
                    UnsafeBufferPointer(
                        start: parameters.dense + architecture.encoderDense.lowerBound,
                        count: architecture.encoderDense.count)
                ))
        }
        let problem = loss.isFinite ? "grew beyond the limit" : "is not finite"
        let hint = "Lower the learning rates, or lengthen the warm-up."
        if let place = places.first(where: { !$0.values.allSatisfy(\.isFinite) }) {
            return TwoTowerError(
                .diverged,
                "loss \(problem) at batch \(batch): \(place.name) has values that are not finite",
                hint: hint)
        }
        func largest(_ values: UnsafeBufferPointer<Float>) -> Float {
            values.reduce(0) { max($0, abs($1)) }
        }
        let place = places.max { largest($0.values) < largest($1.values) }!
        return TwoTowerError(
            .diverged,
            "loss \(problem) at batch \(batch): the largest values are in the \(place.name)",
            hint: hint)
    }
}
