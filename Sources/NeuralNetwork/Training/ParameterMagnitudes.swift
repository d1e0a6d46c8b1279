import LinearAlgebra

/// The largest absolute value of each named part of the parameters: NaN or infinite where one is.
package struct ParameterMagnitudes: Sendable {
    private let parts: [(name: String, largest: Float)]

    /// - Parameters:
    ///   - tables: The name of each table.
    ///   - dense: The names of the dense parameters, part by part.
    package init(
        of updater: ParameterUpdater, tables: [String], dense: [(name: String, range: Range<Int>)]
    ) {
        func largest(_ values: some Sequence<Float>) -> Float {
            // A comparison with NaN is false, and would pass it over.
            values.reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, abs($1)) }
        }
        parts =
            zip(tables, updater.tables).map { name, table in
                let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: table.view.width)
                defer { values.deallocate() }
                let rows = (0..<table.rows).lazy.map { row in
                    table.view.read(row, into: values.baseAddress!)
                    return largest(values)
                }
                return ("\(name) table", largest(rows))
            }
            + dense.map { name, range in
                let base = updater.parameters.dense + range.lowerBound
                return (name, largest(UnsafeBufferPointer(start: base, count: range.count)))
            }
    }

    /// Whether all parameters are finite.
    package var areFinite: Bool { parts.allSatisfy { $0.largest.isFinite } }

    /// A problem with the parts that are to blame: the first that is not finite, or else that with the
    /// largest value.
    package func explanation(of problem: String) -> String {
        if let part = parts.first(where: { !$0.largest.isFinite }) {
            return "\(problem): \(part.name) has values that are not finite"
        }
        let part = parts.max { $0.largest < $1.largest }!
        return "\(problem): the largest values are in the \(part.name)"
    }
}
