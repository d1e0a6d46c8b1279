/// A statement and its arguments.
///
/// A value that is interpolated becomes an argument, never text:
///
///     let query: Query = "select name from source.users where user_id = \(id)"
///
/// Names and text go in by ways that show: `\(identifier: column)` and `\(unescaped: clause)`.
public struct Query: Sendable {
    /// The text, with `$1`, `$2`, … for the arguments.
    public var text: String
    public var binds: [Bind]
    /// The file that the text was read from, for error messages.
    public var file: String?
    /// The line of the file at which the text begins, counted from one.
    public var line: Int
    /// Arguments that have become part of the text, kept out of error messages all the same.
    var literals: [String] = []

    public init(text: String, binds: [Bind] = [], file: String? = nil, line: Int = 1) {
        self.text = text
        self.binds = binds
        self.file = file
        self.line = line
    }
}

extension Query: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) {
        self.init(text: value)
    }

    public init(stringInterpolation: StringInterpolation) {
        self.init(text: stringInterpolation.text, binds: stringInterpolation.binds)
    }

    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var text = ""
        var binds: [Bind] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 3 * interpolationCount)
            binds.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        /// Makes the value an argument.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            append(Bind(value))
        }

        /// Makes the value an argument, null when nil.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            append(Bind(value))
        }

        /// Puts text into the statement as it is: never what a user has typed.
        public mutating func appendInterpolation(unescaped text: String) {
            self.text += text
        }

        /// Puts one name into the statement, quoted.
        public mutating func appendInterpolation(identifier name: String) {
            text += quotedIdentifier(name)
        }

        /// Puts a table's name into the statement, both parts quoted.
        public mutating func appendInterpolation(identifier table: TableName) {
            text += table.quoted
        }

        private mutating func append(_ bind: Bind) {
            binds.append(bind)
            text += "$\(binds.count)"
        }
    }
}

/// A name in double quotes, those inside doubled.
public func quotedIdentifier(_ name: String) -> String {
    "\"" + name.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
}

/// The name of a table, with or without its schema.
///
/// Text is split at its first point: `"source.items"` is the table `items` in the schema `source`.
public struct TableName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public var schema: String?
    public var table: String

    public init(schema: String? = nil, table: String) {
        self.schema = schema
        self.table = table
    }

    public init(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            schema: parts.count == 2 ? String(parts[0]) : nil,
            table: String(parts[parts.count - 1]))
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// The name as SQL, every part quoted.
    public var quoted: String {
        [schema, table].compactMap { $0 }.map(quotedIdentifier).joined(separator: ".")
    }

    public var description: String {
        [schema, table].compactMap { $0 }.joined(separator: ".")
    }
}
