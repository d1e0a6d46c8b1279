internal import CLibPQ

extension Connection {
    /// Runs one statement over the extended protocol, `PQexecParams`, results in binary format.
    func run(_ query: Query) throws -> ResultHandle {
        let connection = try pointer(for: query)
        let result = Self.withParameters(query) { count, types, values, lengths, formats in
            PQexecParams(connection, query.text, count, types, values, lengths, formats, 1)
        }
        return try check(result, query: query)
    }

    /// Takes over a result and throws what it says went wrong.
    func check(_ result: OpaquePointer?, query: Query?) throws -> ResultHandle {
        let connection = try pointer(for: query, evenIfBusy: true)
        guard let result else {
            throw failure(of: connection, query: query)
        }
        let handle = ResultHandle(result, query: query)
        switch handle.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY,
            PGRES_NONFATAL_ERROR:
            return handle
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            abandonCopy(connection, status: handle.status)
            var error = PostgresError(
                .misuse, "COPY needs copyIn or copyOut, not a plain statement")
            error.attach(query, position: nil)
            throw error
        default:
            throw PostgresError(result: result, connection: connection, query: query)
        }
    }

    /// The error of a call that returned no result.
    func failure(of connection: OpaquePointer, query: Query?) -> PostgresError {
        let text = PostgresError.firstLine(String(cString: PQerrorMessage(connection)))
        let isLost = PQstatus(connection) == CONNECTION_BAD
        var error = PostgresError(
            isLost ? .connectionLost : .unexpectedResult,
            isLost ? "connection lost: \(text)" : text)
        error.attach(query, position: nil)
        return error
    }

    private func abandonCopy(_ connection: OpaquePointer, status: ExecStatusType) {
        if status == PGRES_COPY_IN {
            PQputCopyEnd(connection, "abandoned")
        } else {
            _ = try? canceller().cancel()
            var buffer: UnsafeMutablePointer<CChar>?
            while PQgetCopyData(connection, &buffer, 0) > 0 { PQfreemem(buffer) }
        }
        drain(connection)
    }

    /// Reads and drops what is left of the statement in progress.
    func drain(_ connection: OpaquePointer) {
        while let rest = PQgetResult(connection) {
            let status = PQresultStatus(rest)
            PQclear(rest)
            if PQstatus(connection) == CONNECTION_BAD || status == PGRES_COPY_IN { break }
        }
    }

    /// Hands the arguments to a libpq call in the form of `PQexecParams`.
    static func withParameters<Result>(
        _ query: Query,
        _ body: (
            _ count: Int32, _ types: [Oid], _ values: [UnsafePointer<CChar>?],
            _ lengths: [Int32], _ formats: [Int32]
        ) -> Result
    ) -> Result {
        let binds = query.binds
        var bytes: [UInt8] = []
        for bind in binds { bytes += bind.bytes ?? [] }
        // An empty value needs an address too: null would be SQL's null.
        bytes.append(0)
        return bytes.withUnsafeBytes { buffer in
            var values: [UnsafePointer<CChar>?] = []
            var offset = 0
            for bind in binds {
                let start = buffer.baseAddress! + offset
                values.append(bind.bytes == nil ? nil : start.assumingMemoryBound(to: CChar.self))
                offset += bind.bytes?.count ?? 0
            }
            return body(
                Int32(binds.count), binds.map(\.type.rawValue), values,
                binds.map { Int32($0.bytes?.count ?? 0) },
                Array(repeating: 1, count: binds.count))
        }
    }
}
