import LinearAlgebra

extension TrainingStep {
    /// All parameters, by the name of their table or layer.
    var places: [(name: String, values: UnsafeBufferPointer<Float>)] {
        let tables = zip(architecture.tables, parameters.tables).map { shape, table in
            (
                "\(shape.name) table",
                UnsafeBufferPointer<Float>(start: table.base, count: shape.rows * shape.width)
            )
        }
        let layers = [architecture.userTower, architecture.itemTower].flatMap(\.perceptron.layers)
        let dense =
            layers.map { ($0.name, $0.offset..<$0.offset + $0.parameterCount) }
            + [("history encoder", architecture.encoderDense)]
        return tables
            + dense.map { name, range in
                (
                    name,
                    UnsafeBufferPointer<Float>(
                        start: parameters.dense + range.lowerBound, count: range.count)
                )
            }
    }

    /// The error of a problem, in words: names the first parameters that are not finite, or else
    /// those with the largest value.
    func divergence(_ problem: String) -> TwoTowerError {
        let places = places
        let hint = "Lower the learning rates, or lengthen the warm-up."
        if let place = places.first(where: { !$0.values.allSatisfy(\.isFinite) }) {
            return TwoTowerError(
                .diverged,
                "\(problem): \(place.name) has values that are not finite",
                hint: hint)
        }
        func largest(_ values: UnsafeBufferPointer<Float>) -> Float {
            values.reduce(0) { max($0, abs($1)) }
        }
        let place = places.max { largest($0.values) < largest($1.values) }!
        return TwoTowerError(
            .diverged,
            "\(problem): the largest values are in the \(place.name)",
            hint: hint)
    }
}
