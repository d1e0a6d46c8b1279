internal import CLibPQ

extension Connection {
    /// Opens the connection, `PQconnectdbParams`.
    static func connect(
        _ target: ConnectionTarget, applicationName: String?
    ) throws -> OpaquePointer {
        let options = try target.options()
        var parameters = options.map { ($0.key, $0.value) }
        // Later entries win over earlier ones.
        parameters.append(("client_encoding", "UTF8"))
        if let applicationName {
            parameters.append(("application_name", applicationName))
        } else {
            parameters.append(("fallback_application_name", "vitrine"))
        }
        let handle = withCStrings(parameters.map(\.0)) { keywords in
            withCStrings(parameters.map(\.1)) { values in
                PQconnectdbParams(keywords, values, 0)
            }
        }
        guard let handle else {
            throw PostgresError(.connectionFailed, "could not allocate a connection")
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            defer { PQfinish(handle) }
            throw connectionFailure(handle, target: target, password: options["password"])
        }
        return handle
    }

    private static func connectionFailure(
        _ handle: OpaquePointer, target: ConnectionTarget, password: String?
    ) -> PostgresError {
        var message = String(cString: PQerrorMessage(handle))
            .split(separator: "\n").map { $0.drop { $0 == "\t" } }.joined(separator: " ")
        if let password, !password.isEmpty {
            message = message.split(separator: password, omittingEmptySubsequences: false)
                .joined(separator: MessageScrubber.mark)
        }
        let needsPassword = PQconnectionNeedsPassword(handle) == 1
        return PostgresError(
            .connectionFailed, message.isEmpty ? "could not connect to \(target)" : message,
            hint: needsPassword
                ? "Put the password into ~/.pgpass or the environment variable PGPASSWORD." : nil)
    }

    func prepareSession() throws {
        _ = try run(
            """
            select set_config('jit', 'off', false), set_config('timezone', 'UTC', false),
                set_config('datestyle', 'ISO', false),
                set_config('idle_session_timeout', '0', false),
                set_config('idle_in_transaction_session_timeout', '0', false)
            """)
        do {
            _ = try run("select set_config('client_connection_check_interval', '1s', false)")
        } catch let error as PostgresError where error.sqlState != nil && !error.isConnectionLost {
            // The server's platform cannot watch its clients: it then notices at the next write.
        }
    }
}

/// Calls `body` with a null-terminated array of C strings.
func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> Result
) rethrows -> Result {
    let bytes = strings.flatMap { Array($0.utf8CString) }
    return try bytes.withUnsafeBufferPointer { buffer in
        var pointers: [UnsafePointer<CChar>?] = []
        var offset = 0
        for string in strings {
            pointers.append(buffer.baseAddress! + offset)
            offset += string.utf8.count + 1
        }
        pointers.append(nil)
        return try pointers.withUnsafeBufferPointer { try body($0.baseAddress!) }
    }
}
