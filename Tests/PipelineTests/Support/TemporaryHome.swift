import Foundation
import PostgresTestSupport
import SQLCatalog

/// Calls `body` with a folder of one's own, a copy of the repository's with further statements or others.
///
/// - Parameter statements: By name, such as `validate/my_check`.
func withHome<Result>(
    _ statements: [String: String], _ body: (SQLCatalog) throws -> Result
) throws -> Result {
    let home = try TestServer.temporaryDirectory("home")
    defer { try? FileManager.default.removeItem(atPath: home) }
    let original = try SQLCatalog.locate().home
    for folder in ["sql", "migrations"] {
        try FileManager.default.copyItem(
            atPath: original.path(folder), toPath: home + "/" + folder)
    }
    for (name, text) in statements {
        try Data(text.utf8).write(to: URL(fileURLWithPath: home + "/sql/\(name).sql"))
    }
    return try body(SQLCatalog(home: try Home.locate(environment: ["VITRINE_HOME": home])))
}
