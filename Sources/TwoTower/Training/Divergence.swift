import LinearAlgebra

extension TrainingStep {
    /// All parameters, by table and layer, with the largest absolute value of each: NaN or infinite
    /// where one is.
    var places: [(name: String, largest: Float)] {
        func largest(_ values: some Sequence<Float>) -> Float {
            // A comparison with NaN is false, and would pass it over.
            values.reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, abs($1)) }
        }
        let layers = [architecture.userTower, architecture.itemTower].flatMap(\.layers)
        let dense =
            layers.map { ($0.name, $0.offset..<$0.offset + $0.parameterCount) }
            + [("history encoder", architecture.encoderDense)]
        return zip(architecture.tables, tables).map { shape, table in
            let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: shape.width)
            defer { values.deallocate() }
            let rows = (0..<shape.rows).lazy.map { row in
                table.view.read(row, into: values.baseAddress!)
                return largest(values)
            }
            return ("\(shape.name) table", largest(rows))
        }
            + dense.map { name, range in
                let base = parameters.dense + range.lowerBound
                return (name, largest(UnsafeBufferPointer(start: base, count: range.count)))
            }
    }

    /// The error of a problem, in words: names the first parameters that are not finite, or else
    /// those with the largest value.
    func divergence(_ problem: String) -> TwoTowerError {
        let places = places
        let hint = "Lower the learning rates, or lengthen the warm-up."
        if let place = places.first(where: { !$0.largest.isFinite }) {
            return TwoTowerError(
                .diverged, "\(problem): \(place.name) has values that are not finite", hint: hint)
        }
        let place = places.max { $0.largest < $1.largest }!
        return TwoTowerError(
            .diverged, "\(problem): the largest values are in the \(place.name)", hint: hint)
    }
}
