/// What went wrong, in a code for programs and words for people.
///
/// The description names objects, the SQLSTATE and the statement's file and line, and holds no
/// values: rows and bound arguments show only in ``expandedDescription``, which is for the
/// operator's eyes, not for logs.
///
///     do {
///         try connection.execute("insert into t values (\(id))")
///     } catch let error as PostgresError where error.sqlState == .uniqueViolation {
///         …
///     }
public struct PostgresError: Error, Sendable {
    public enum Code: Hashable, Sendable {
        /// No connection could be made.
        case connectionFailed
        /// The connection was made and then broke; nothing of the open transaction remains.
        case connectionLost
        /// The connection is older than PostgreSQL 14, or lacks something else that is required.
        case unsupportedServer
        /// The server refused the statement.
        case server(SQLState)
        /// A value that arrived is not of the type asked for.
        case decoding
        /// A value about to be sent is not of the column's type.
        case encoding
        /// The result has another shape than asked for: no row, or too many.
        case unexpectedResult
        /// The connection is closed, or busy with a stream or a COPY.
        case misuse
    }

    public var code: Code
    /// One line without values.
    public var message: String
    public var hint: String?
    public var schemaName: String?
    public var tableName: String?
    public var columnName: String?
    public var constraintName: String?
    /// The file that the statement came from, and the line the server points at.
    public var statementFile: String?
    public var statementLine: Int?
    /// The SQLSTATE, also of an error that ended the connection.
    public var sqlState: SQLState?

    // What may carry values.
    /// The server's message as it was sent; may hold values.
    public var fullMessage: String?
    /// May hold values.
    public var detail: String?
    /// May hold values.
    public var context: String?
    /// The text of the statement.
    public var statement: String?
    /// The arguments as text; they are values.
    public var arguments: [String] = []

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        if case .server(let state) = code { sqlState = state }
    }

    public var isConnectionLost: Bool { code == .connectionLost }
}

extension PostgresError: CustomStringConvertible {
    /// One line, then the hint on a line of its own; no values.
    public var description: String {
        var line = message
        if let sqlState { line += " (SQLSTATE \(sqlState.rawValue))" }
        if let place { line += ", at \(place)" }
        if let hint { line += "\nHINT:  \(hint)" }
        return line
    }

    private var place: String? {
        switch (statementFile, statementLine) {
        case (let file?, let line?): "\(file):\(line)"
        case (let file?, nil): file
        case (nil, let line?): "line \(line) of the statement"
        case (nil, nil): nil
        }
    }
}

extension PostgresError: CustomDebugStringConvertible {
    /// The same as ``description``: printing an error never shows values by accident.
    public var debugDescription: String { description }

    /// Everything known, values and arguments included.
    public var expandedDescription: String {
        var lines = [description]
        if let fullMessage, fullMessage != message { lines.append("MESSAGE:  \(fullMessage)") }
        if let detail { lines.append("DETAIL:  \(detail)") }
        if let context { lines.append("CONTEXT:  \(context)") }
        if let constraintName { lines.append("CONSTRAINT:  \(constraintName)") }
        if let statement { lines.append("STATEMENT:  \(statement)") }
        for (index, argument) in arguments.enumerated() {
            lines.append("ARGUMENT:  $\(index + 1) = \(argument)")
        }
        return lines.joined(separator: "\n")
    }
}

// `dump` and string interpolation through reflection would show the stored values.
extension PostgresError: CustomReflectable {
    public var customMirror: Mirror {
        Mirror(self, children: ["description": description])
    }
}
