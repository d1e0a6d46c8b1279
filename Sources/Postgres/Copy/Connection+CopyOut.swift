internal import CLibPQ

extension Connection {
    /// Reads the rows of a query, `copy (…) to stdout (format binary)`: the fastest way out.
    ///
    ///     try connection.copyOut("select user_id, item_id from source.interactions") { row in
    ///         users.append(try row.next())
    ///         items.append(try row.next())
    ///     }
    ///
    /// What `body` throws ends the copy and is thrown again; the connection stays usable. In a
    /// transaction, the cancelled statement fails it.
    ///
    /// - Parameter query: A statement that returns rows; its arguments become literals.
    /// - Returns: The number of rows.
    @discardableResult
    public func copyOut(
        _ query: Query, _ body: (inout CopyRow) throws -> Void
    ) throws -> Int {
        let described = try describe(query)
        guard !described.columns.isEmpty else {
            var error = PostgresError(.misuse, "copyOut needs a statement that returns columns")
            error.attach(query, position: nil)
            throw error
        }
        var statement = try query.withLiterals()
        let columns = CopyColumns(described.columns, query: statement)
        // The text may end in a comment: the parenthesis goes on a line of its own, and the first
        // on the text's own line, so that lines in errors are right.
        statement.text = "copy (\(Self.trimmed(statement.text))\n) to stdout (format binary)"
        var parser = CopyOutParser(columns: columns)
        return try beginCopyOut(statement) { bytes in
            try parser.read(bytes, body)
        }
    }

    /// Reads what a `copy … to stdout` sends, as bytes, a row or so at a time.
    ///
    /// - Parameter statement: The whole statement, in any format; its arguments become literals.
    /// - Returns: The number of rows.
    @discardableResult
    public func copyOutBytes(
        _ statement: Query, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        try beginCopyOut(try statement.withLiterals(), body)
    }

    private func beginCopyOut(
        _ query: Query, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        let connection = try pointer(for: query)
        let begun = PQexec(connection, query.text)
        guard PQresultStatus(begun) == PGRES_COPY_OUT else {
            _ = try check(begun, query: query)
            throw PostgresError(.misuse, "copyOut needs a statement that copies to stdout")
        }
        PQclear(begun)
        return try occupied(by: "a COPY") {
            var buffer: UnsafeMutablePointer<CChar>?
            while true {
                let length = PQgetCopyData(connection, &buffer, 0)
                guard length > 0, let message = buffer else {
                    guard length == -1 else { throw failure(of: connection, query: query) }
                    break
                }
                defer { PQfreemem(message) }
                do {
                    try body(UnsafeRawBufferPointer(start: message, count: Int(length)))
                } catch {
                    cancelCopyOut(connection)
                    throw error
                }
            }
            defer { drain(connection) }
            return try check(PQgetResult(connection), query: query).affectedRows
        }
    }

    private func cancelCopyOut(_ connection: OpaquePointer) {
        _ = try? canceller().cancel()
        var buffer: UnsafeMutablePointer<CChar>?
        while PQgetCopyData(connection, &buffer, 0) > 0 { PQfreemem(buffer) }
        drain(connection)
    }

    /// The text without the semicolon at its end.
    private static func trimmed(_ text: String) -> Substring {
        var rest = text[...]
        while let last = rest.last, last.isWhitespace || last == ";" { rest.removeLast() }
        return rest
    }
}

/// Takes COPY's messages apart into rows. The server sends one row in a message, the first one
/// behind the header; several are read as well.
struct CopyOutParser: ~Copyable {
    private let columns: CopyColumns
    private var isPastHeader = false

    init(columns: CopyColumns) {
        self.columns = columns
    }

    mutating func read(
        _ bytes: UnsafeRawBufferPointer, _ body: (inout CopyRow) throws -> Void
    ) throws {
        var cursor = UnsafeRawPointer(bytes.baseAddress!)
        let end = cursor + bytes.count
        if !isPastHeader {
            cursor = try skipHeader(bytes)
            isPastHeader = true
        }
        while cursor < end {
            guard end - cursor >= 2 else { throw columns.cutShort() }
            let fieldCount = Int16(bigEndian: cursor.loadUnaligned(as: Int16.self))
            if fieldCount == CopyFormat.trailer { return }
            guard Int(fieldCount) == columns.descriptions.count else { throw columns.cutShort() }
            var row = CopyRow(cursor: cursor + 2, end: end, columns: columns)
            try body(&row)
            while row.field < row.columnCount { try row.skip() }
            cursor = row.cursor
        }
    }

    private func skipHeader(_ bytes: UnsafeRawBufferPointer) throws -> UnsafeRawPointer {
        let signature = CopyFormat.header.prefix(CopyFormat.signatureSize)
        guard bytes.count >= CopyFormat.header.count, bytes.starts(with: signature) else {
            throw columns.cutShort()
        }
        let extensionLength = Int(bytes.integer(at: 15, as: Int32.self))
        let size = CopyFormat.header.count + extensionLength
        guard extensionLength >= 0, size <= bytes.count else { throw columns.cutShort() }
        return bytes.baseAddress! + size
    }
}
