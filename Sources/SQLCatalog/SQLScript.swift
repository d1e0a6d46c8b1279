public import Postgres

/// One file under `sql/`: a header, and one or more statements with named parameters.
public struct SQLScript: Sendable {
    /// Path under `sql/` without the ending, such as `features/close`.
    public let name: String
    public let header: SQLHeader
    private let statements: [SQLLexer.Statement]

    init(name: String, text: String) throws {
        self.name = name
        header = SQLHeader(of: text)
        do {
            statements = try SQLLexer.statements(of: text)
        } catch var error as CatalogError {
            error.message = "\(Self.file(name)): \(error.message)"
            throw error
        }
        guard !statements.isEmpty else {
            throw CatalogError("\(Self.file(name)) has no statement")
        }
    }

    private static func file(_ name: String) -> String { "sql/\(name).sql" }

    /// Path of the file, as errors show it.
    public var file: String { Self.file(name) }

    /// Names of all parameters, sorted.
    public var parameterNames: [String] {
        Set(statements.flatMap(\.parameters)).sorted()
    }

    /// The texts of the statements, with `$1`, `$2`, … for parameters.
    public var texts: [String] { statements.map(\.text) }

    /// The statements with their arguments.
    ///
    /// - Parameter arguments: By name; more than the script uses is allowed, so that the steps of a
    ///   job can share one set.
    /// - Throws: ``CatalogError`` when an argument is missing.
    public func queries(_ arguments: [String: Bind]) throws -> [Query] {
        try statements.map { statement in
            let binds = try statement.parameters.map { name in
                guard let bind = arguments[name] else {
                    throw CatalogError("\(file) needs the parameter \(name)")
                }
                return bind
            }
            return Query(text: statement.text, binds: binds, file: file, line: statement.line)
        }
    }

    /// The only statement, with its arguments.
    ///
    /// - Throws: ``CatalogError`` when there is more than one, or an argument is missing.
    public func query(_ arguments: [String: Bind] = [:]) throws -> Query {
        guard statements.count == 1 else {
            throw CatalogError("\(file) has \(statements.count) statements where one is expected")
        }
        return try queries(arguments)[0]
    }
}
