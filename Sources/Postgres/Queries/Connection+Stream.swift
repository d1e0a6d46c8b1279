internal import CLibPQ

extension Connection {
    /// Runs one statement and hands over its rows as they arrive, `PQsetSingleRowMode`; memory is
    /// that of a row.
    ///
    /// What `body` throws ends the statement and is thrown again; the connection stays usable. In a
    /// transaction, the cancelled statement fails it.
    ///
    /// - Returns: The number of rows.
    @discardableResult
    public func forEachRow(_ query: Query, _ body: (Row) throws -> Void) throws -> Int {
        let connection = try pointer(for: query)
        let sent = Self.withParameters(query) { count, types, values, lengths, formats in
            PQsendQueryParams(connection, query.text, count, types, values, lengths, formats, 1)
        }
        guard sent == 1, PQsetSingleRowMode(connection) == 1 else {
            throw failure(of: connection, query: query)
        }
        return try occupied(by: "a streamed result") {
            var rowCount = 0
            do {
                while let pointer = PQgetResult(connection) {
                    let result = try check(pointer, query: query)
                    for index in 0..<result.rowCount {
                        rowCount += 1
                        try body(Row(result: result, index: index))
                    }
                }
            } catch {
                // A statement that failed by itself has nothing left to cancel.
                if PQtransactionStatus(connection) == PQTRANS_ACTIVE {
                    _ = try? canceller().cancel()
                }
                drain(connection)
                throw error
            }
            return rowCount
        }
    }

    /// The same with the one column of every row read.
    @discardableResult
    public func forEachRow<Value: PostgresDecodable>(
        _ query: Query, as type: Value.Type, _ body: (Value) throws -> Void
    ) throws -> Int {
        try forEachRow(query) { row in try body(row.single(as: type)) }
    }

    /// The same with every row read, one type for each column:
    ///
    ///     let query: Query = "select user_id, name from source.users"
    ///     try connection.forEachRow(query, as: (Int64, String).self) { id, name in … }
    @discardableResult
    public func forEachRow<each Value: PostgresDecodable>(
        _ query: Query, as types: (repeat each Value).Type,
        _ body: (repeat each Value) throws -> Void
    ) throws -> Int {
        try forEachRow(query) { row in
            let values = try row.decode(as: types)
            try body(repeat each values)
        }
    }
}
