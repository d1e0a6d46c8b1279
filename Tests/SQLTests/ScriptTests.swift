import Foundation
import Postgres
import SQLCatalog
import Testing

/// Every file under `sql/`: it prepares, it says what it is, and its header tells the truth.
@Suite struct ScriptTests {
    static let names: [String] = (try? SQLCatalog.locate().names()) ?? []

    /// The migrator runs `migrate/` before there is a schema; functions and views are in the
    /// migrated database already, as `MigratorTests` see to.
    static let statements = names.filter { name in
        !["migrate/", "functions/", "views/"].contains { name.hasPrefix($0) }
    }

    @Test func `the catalogue has files in every folder that a step or command names`() {
        let folders = Set(Self.names.compactMap { $0.split(separator: "/").first.map(String.init) })
        #expect(
            folders.isSuperset(of: [
                "compare", "embed", "evaluate", "explain", "features", "functions", "import",
                "migrate",
                "models", "monitor", "promote", "publish", "rank", "retrieve", "rollback", "run",
                "scale", "search", "train", "validate", "views",
            ]))
    }

    @Test func `every statement of every script prepares as the job that runs it`() throws {
        try SQLDatabase.with { database in
            // Placing tables needs the functions of Citus, and imports their staging tables.
            try database.installCitusStub()
            try database.run("import/create_staging")
            for name in Self.statements {
                for text in try database.catalog.script(name).texts {
                    do {
                        try database.connection.withTransaction {
                            try database.connection.describe(
                                Query(text: text, file: "sql/\(name).sql"))
                        }
                    } catch {
                        Issue.record("sql/\(name).sql: \(error)")
                    }
                }
            }
        }
    }

    @Test(arguments: names) func `a file begins with what it is for`(name: String) throws {
        let header = try SQLCatalog.locate().script(name).header
        #expect(header.summary.count >= 10)
        #expect(header.summary.hasSuffix(".") || header.summary.hasSuffix(":"))
    }

    @Test(arguments: names.filter { !$0.hasPrefix("functions/") && !$0.hasPrefix("views/") })
    func `a header names exactly the parameters that the file uses`(name: String) throws {
        let catalog = try SQLCatalog.locate()
        let text = try String(contentsOfFile: catalog.home.path("sql/\(name).sql"), encoding: .utf8)
        let script = try catalog.script(name)
        let settings = try script.header.settings(in: script.file).keys
        #expect(Self.documentedParameters(of: text).union(settings) == Set(script.parameterNames))
    }

    /// Names under `Params`: lists separated by commas, each list ended by two spaces or the line.
    /// What stands in parentheses is a remark.
    static func documentedParameters(of text: String) -> Set<String> {
        var names: Set<String> = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("--") else { break }
            let content = line.dropFirst(2).drop { $0 == " " }
            if line.hasPrefix("-- "), line.dropFirst(3).first?.isUppercase == true {
                isInside = content.hasPrefix("Params")
            }
            guard isInside else { continue }
            let list = String(
                content.hasPrefix("Params") ? content.dropFirst("Params".count) : content
            ).replacing(#/ *\([^)]*\)/#, with: "").drop { $0 == " " }
            let head = list.firstRange(of: "  ").map { list[..<$0.lowerBound] } ?? list[...]
            for name in head.split(separator: ",") {
                names.insert(name.trimmingCharacters(in: .whitespaces))
            }
        }
        return names
    }
}
