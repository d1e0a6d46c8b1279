internal import CLibPQ

extension Connection {
    /// Runs one statement and returns its rows, all in memory.
    public func query(_ query: Query) throws -> [Row] {
        let result = try run(query)
        return (0..<result.rowCount).map { Row(result: result, index: $0) }
    }

    /// Runs one statement and reads its rows as tuples, one type for each column.
    ///
    ///     let users = try connection.query(
    ///         "select user_id, name from source.users", as: (Int64, String?).self)
    public func query<each Value: PostgresDecodable>(
        _ query: Query, as types: (repeat each Value).Type
    ) throws -> [(repeat each Value)] {
        try self.query(query).map { try $0.decode(as: types) }
    }

    /// Runs one statement and reads its one column.
    public func query<Value: PostgresDecodable>(
        _ query: Query, as type: Value.Type
    ) throws -> [Value] {
        try self.query(query).map { try $0.single(as: type) }
    }

    /// The one value of the first row; nil when there is no row.
    public func first<Value: PostgresDecodable>(
        _ query: Query, as type: Value.Type
    ) throws -> Value? {
        try self.query(query).first?.single(as: type)
    }

    /// The first row as a tuple; nil when there is none.
    public func first<each Value: PostgresDecodable>(
        _ query: Query, as types: (repeat each Value).Type
    ) throws -> (repeat each Value)? {
        try self.query(query).first?.decode(as: types)
    }

    /// The one value of the one row.
    ///
    ///     let users = try connection.value("select count(*) from source.users", as: Int.self)
    ///
    /// - Throws: `unexpectedResult` when there is not exactly one row.
    public func value<Value: PostgresDecodable>(
        _ query: Query, as type: Value.Type = Value.self
    ) throws -> Value {
        let rows = try self.query(query)
        guard rows.count == 1 else {
            var error = PostgresError(
                .unexpectedResult, "expected one row, the statement returned \(rows.count)")
            error.attach(query, position: nil)
            throw error
        }
        return try rows[0].single(as: type)
    }

    /// Runs one statement.
    ///
    /// - Returns: Rows inserted, updated, deleted or selected; 0 for other commands.
    @discardableResult
    public func execute(_ query: Query) throws -> Int {
        try run(query).affectedRows
    }

    /// Runs any number of statements, `PQexec`; without `begin` they are one transaction.
    ///
    /// - Parameters:
    ///   - text: Statements separated by semicolons, without arguments.
    ///   - file: Where the text comes from, for error messages.
    public func script(_ text: String, file: String? = nil) throws {
        let query = Query(text: text, file: file)
        let connection = try pointer(for: query)
        _ = try check(PQexec(connection, text), query: query)
    }

    /// Parses and plans a statement without running it, `PQprepare`.
    ///
    /// - Parameter query: The statement; the types of its arguments are used, not their values.
    /// - Returns: The types of its arguments and of its columns.
    /// - Throws: What the server finds wrong: a missing table or column, a type, the syntax.
    @discardableResult
    public func describe(_ query: Query) throws -> StatementDescription {
        let connection = try pointer(for: query)
        // The unnamed statement: the next one replaces it, so that nothing is left behind.
        let types = query.binds.map(\.type.rawValue)
        _ = try check(
            PQprepare(connection, "", query.text, Int32(types.count), types), query: query)
        let result = try check(PQdescribePrepared(connection, ""), query: query)
        return StatementDescription(
            parameters: (0..<PQnparams(result.pointer)).map {
                PostgresType(rawValue: PQparamtype(result.pointer, $0))
            },
            columns: (0..<result.columnCount).map {
                .init(name: result.name(of: $0), type: result.type(of: $0))
            })
    }
}

/// What a statement takes and returns.
public struct StatementDescription: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        public var name: String
        public var type: PostgresType
    }

    public var parameters: [PostgresType]
    /// Empty for a statement that returns no rows.
    public var columns: [Column]
}
