internal import CLibPQ

extension Connection {
    /// Loads rows into a table, `copy … from stdin (format binary)`.
    ///
    /// What `body` throws ends the copy: none of its rows are loaded, and the error is thrown
    /// again. A row that the server refuses shows when the copy ends, as libpq does not look at
    /// the answer before.
    ///
    /// - Parameters:
    ///   - table: The table; its columns' types are looked up first.
    ///   - columns: The columns that each row fills, in that order.
    /// - Returns: The number of rows loaded.
    @discardableResult
    public func copyIn(
        into table: TableName, columns: [String],
        _ body: (inout BinaryCopyWriter) throws -> Void
    ) throws -> Int {
        precondition(!columns.isEmpty, "copyIn needs at least one column")
        let types = try columnTypes(of: table)
        let described = try columns.map { name in
            guard let type = types[name] else {
                var error = PostgresError(
                    .server(.undefinedColumn),
                    "column \"\(name)\" of relation \"\(table)\" does not exist")
                error.tableName = table.table
                error.columnName = name
                throw error
            }
            return StatementDescription.Column(name: name, type: type)
        }
        let names = columns.map(quotedIdentifier).joined(separator: ", ")
        return try copyInBinary(
            "copy \(identifier: table) (\(unescaped: names)) from stdin (format binary)",
            columns: described, body)
    }

    /// Loads bytes that are in COPY's text, CSV or binary format already.
    ///
    /// - Parameter statement: A `copy … from stdin`; its arguments become literals.
    /// - Returns: The number of rows loaded.
    @discardableResult
    public func copyInBytes(
        _ statement: Query, _ body: (_ send: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws -> Int {
        try beginCopyIn(statement) { sink in
            try body { try sink.send($0) }
        }
    }

    private func copyInBinary(
        _ statement: Query, columns: [StatementDescription.Column],
        _ body: (inout BinaryCopyWriter) throws -> Void
    ) throws -> Int {
        try beginCopyIn(statement) { sink in
            var writer = BinaryCopyWriter(sink: sink, columns: columns)
            try body(&writer)
            try writer.finish()
        }
    }

    private func beginCopyIn(
        _ statement: Query, _ body: (CopySink) throws -> Void
    ) throws -> Int {
        let query = try statement.withLiterals()
        let connection = try pointer(for: query)
        let begun = PQexec(connection, query.text)
        guard PQresultStatus(begun) == PGRES_COPY_IN else {
            _ = try check(begun, query: query)
            throw PostgresError(.misuse, "copyIn needs a statement that copies from stdin")
        }
        PQclear(begun)
        return try occupied(by: "a COPY") {
            do {
                try body(CopySink(connection: self, query: query))
            } catch {
                // The server's answer to this is the error that we caused ourselves.
                PQputCopyEnd(connection, "the client has given up")
                drain(connection)
                throw error
            }
            return try endCopyIn(connection, query: query)
        }
    }

    private func endCopyIn(_ connection: OpaquePointer, query: Query) throws -> Int {
        guard PQputCopyEnd(connection, nil) == 1 else {
            throw failure(of: connection, query: query)
        }
        defer { drain(connection) }
        return try check(PQgetResult(connection), query: query).affectedRows
    }

    /// Types of a table's columns; that of a domain is its base type.
    private func columnTypes(of table: TableName) throws -> [String: PostgresType] {
        let rows = try query(
            """
            select attname, case when typtype = 'd' then typbasetype
                when typtype = 'e' then 'text'::regtype else atttypid end
            from pg_catalog.pg_attribute
            inner join pg_catalog.pg_type on pg_type.oid = atttypid
            where attrelid = \(table.quoted)::regclass and attnum > 0 and not attisdropped
            """, as: (String, Int64).self)
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                ($0.0, PostgresType(rawValue: UInt32(truncatingIfNeeded: $0.1)))
            })
    }
}
