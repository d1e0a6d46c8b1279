import Foundation
public import Postgres

/// The statements of the engine: every file under `sql/`, loaded when asked for.
///
/// The same files run under `psql -v`; here `:'name'` becomes a bind.
public struct SQLCatalog: Sendable {
    public let home: Home

    public init(home: Home) {
        self.home = home
    }

    /// The catalogue of the folder that ``Home/locate(environment:)`` finds.
    public static func locate() throws -> SQLCatalog {
        SQLCatalog(home: try Home.locate())
    }

    /// Loads a script.
    ///
    /// - Parameter name: Path under `sql/` without the ending, such as `features/close`.
    /// - Throws: ``CatalogError`` when it cannot be read or cut into statements.
    public func script(_ name: String) throws -> SQLScript {
        try SQLScript(name: name, text: try home.text(of: "sql/\(name).sql"))
    }

    /// Names of all scripts below a folder of `sql/`, sorted; of all scripts when empty.
    public func names(in folder: String = "") throws -> [String] {
        let prefix = folder.isEmpty ? "" : folder + "/"
        return try home.files(below: "sql/" + folder, extension: "sql").map {
            prefix + $0.dropLast(".sql".count)
        }
    }
}

extension Connection {
    /// Runs all statements of a script.
    ///
    /// - Returns: Rows affected, all statements together.
    @discardableResult
    public func run(_ script: SQLScript, _ arguments: [String: Bind] = [:]) throws -> Int {
        try script.queries(arguments).reduce(0) { try $0 + execute($1) }
    }
}
