/// One row of a result.
public struct Row: Sendable {
    let result: ResultHandle
    let index: Int

    public var columnCount: Int { result.columnCount }

    public var columnNames: [String] { (0..<columnCount).map(result.name(of:)) }

    public func type(ofColumn column: Int) -> PostgresType {
        result.type(of: column)
    }

    /// Reads the value of a column, counted from zero.
    ///
    /// - Throws: `decoding`, naming the column and both types.
    public func decode<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws -> Value {
        guard column >= 0, column < columnCount else {
            throw failure("column \(column) does not exist, the row has \(columnCount) columns")
        }
        let columnType = result.type(of: column)
        do {
            guard let bytes = result.bytes(row: index, column: column) else {
                return try Value.decodeNull()
            }
            return try withExtendedLifetime(result) { () throws(DecodingFailure) in
                try Value.decode(bytes, type: columnType)
            }
        } catch {
            let name = result.name(of: column)
            var wrapped = PostgresError(
                decoding: error, of: name, type: columnType, as: "\(Value.self)")
            wrapped.attach(result.query, position: nil)
            throw wrapped
        }
    }

    /// Reads the value of a column by its name.
    public func decode<Value: PostgresDecodable>(
        _ name: String, as type: Value.Type = Value.self
    ) throws -> Value {
        guard let column = result.index(of: name) else {
            throw failure("column \"\(name)\" does not exist in the result")
        }
        return try decode(column, as: type)
    }

    /// Reads the whole row, one type for each column.
    public func decode<each Value: PostgresDecodable>(
        as types: (repeat each Value).Type = (repeat each Value).self
    ) throws -> (repeat each Value) {
        var expected = 0
        for _ in repeat (each Value).self { expected += 1 }
        try requireColumns(expected)
        var column = 0
        func next<Element: PostgresDecodable>(_ type: Element.Type) throws -> Element {
            defer { column += 1 }
            return try decode(column, as: type)
        }
        return (repeat try next((each Value).self))
    }

    /// Reads the one column of a row that has one.
    func single<Value: PostgresDecodable>(as type: Value.Type) throws -> Value {
        try requireColumns(1)
        return try decode(0, as: type)
    }

    private func requireColumns(_ expected: Int) throws {
        guard expected == columnCount else {
            throw failure("expected \(expected) columns, the row has \(columnCount)")
        }
    }

    private func failure(_ message: String) -> PostgresError {
        var error = PostgresError(.decoding, message)
        error.attach(result.query, position: nil)
        return error
    }
}

extension PostgresError {
    /// The error of a value that cannot be read.
    init(
        decoding failure: DecodingFailure, of column: String, type: PostgresType, as wanted: String
    ) {
        switch failure {
        case .null:
            self.init(
                .decoding, "column \"\(column)\" is null, and \(wanted) cannot be",
                hint: "Read it as \(wanted)?, or use coalesce.")
        case .typeMismatch:
            self.init(
                .decoding, "column \"\(column)\" of type \(type) cannot be read as \(wanted)",
                hint: type == .numeric
                    ? "Cast it in the statement, to double precision or bigint."
                    : "Cast it in the statement, or read it as another type.")
        case .malformed(let reason):
            self.init(
                .decoding,
                "column \"\(column)\" of type \(type) cannot be read as \(wanted): \(reason)")
        }
        columnName = column
    }
}
