internal import CLibPQ

extension PostgresError {
    /// The error in a result, `PQresultErrorField`, with what is known of the statement.
    init(result: OpaquePointer, connection: OpaquePointer, query: Query?) {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue!)).map { String(cString: $0) }
        }
        let state = field("C").map(SQLState.init(rawValue:))
        let sent =
            field("M") ?? Self.firstLine(String(cString: PQresultErrorMessage(result)))
        // A FATAL error ends the session, though libpq may not have read the end of it yet.
        let isLost =
            PQstatus(connection) == CONNECTION_BAD || ["FATAL", "PANIC"].contains(field("V"))
        let arguments = query.map { $0.binds.map(\.text) + $0.literals } ?? []
        let words = MessageScrubber.scrub(sent, state: state, arguments: arguments)

        if isLost {
            self.init(
                .connectionLost, words.isEmpty ? "connection lost" : "connection lost: \(words)")
            sqlState = state
        } else if let state {
            self.init(.server(state), words)
        } else {
            // Made by libpq itself.
            self.init(.unexpectedResult, words)
        }
        fullMessage = sent
        detail = field("D")
        hint = field("H")
        context = field("W")
        schemaName = field("s")
        tableName = field("t")
        columnName = field("c")
        constraintName = field("n")
        self.arguments = arguments
        attach(query, position: field("P").flatMap { Int($0) })
    }

    /// Adds the statement, and turns the position, counted in characters from one, into a line.
    mutating func attach(_ query: Query?, position: Int?) {
        guard let query else { return }
        statement = query.text
        statementFile = query.file
        if let position {
            let before = query.text.unicodeScalars.prefix(max(0, position - 1))
            statementLine = query.line + before.count { $0 == "\n" }
        } else if query.file != nil {
            statementLine = query.line
        }
    }

    static func firstLine(_ text: String) -> String {
        let line = text.prefix { $0 != "\n" }
        for prefix in ["ERROR:  ", "FATAL:  "] where line.hasPrefix(prefix) {
            return String(line.dropFirst(prefix.count))
        }
        return String(line)
    }
}
