import Jobs
import LinearAlgebra
import Postgres

/// Numeric columns by name, as `sql/rank/item_features.sql` and `sql/rank/user_features.sql` give them.
struct NamedNumbers: Sendable {
    var names: [String] = []
    /// NaN where a number is not known: shape `[rows, names]`.
    var matrix: Matrix

    /// Reads a statement that gives an identifier, names and numbers in each row.
    ///
    /// - Parameters:
    ///   - rowCount: Rows of the matrix.
    ///   - row: Where the numbers of an identifier go; nil for one that does not matter.
    /// - Throws: ``PipelineError`` when rows have other names, or not as many numbers as names.
    init(
        _ context: StepContext, _ script: String, _ arguments: [String: Bind], rowCount: Int,
        row: (Int64) -> Int?
    ) throws {
        var names: [String]?
        var numbers: [Float] = []
        try context.connection.forEachRow(
            try context.query(script, arguments), as: (Int64, [String], [Float]).self
        ) { id, itsNames, itsNumbers in
            let expected = names ?? itsNames
            if names == nil {
                names = itsNames
                numbers = [Float](repeating: .nan, count: rowCount * itsNames.count)
            }
            guard itsNames == expected, itsNumbers.count == expected.count else {
                throw PipelineError(
                    "sql/\(script).sql gives \(itsNumbers.count) numbers and \(itsNames.count) names"
                        + " after \(expected.count)",
                    hint: "Give every row one number for each name.")
            }
            guard let row = row(id) else { return }
            numbers.replaceSubrange(
                row * expected.count..<(row + 1) * expected.count, with: itsNumbers)
        }
        self.names = names ?? []
        matrix = Matrix(rows: rowCount, columns: self.names.count, elements: numbers)
    }

    /// The columns of some names, in the order given; one that is not there is not known.
    func selecting(_ wanted: [String]) -> NamedNumbers {
        guard wanted != names else { return self }
        let columns = wanted.map { names.firstIndex(of: $0) }
        var selected = self
        selected.names = wanted
        selected.matrix = Matrix(
            rows: matrix.rows, columns: wanted.count,
            elements: (0..<matrix.rows).flatMap { row in
                columns.map { $0.map { matrix[row, $0] } ?? .nan }
            })
        return selected
    }
}
