import ArgumentParser
import Postgres
import SQLCatalog

/// `vitrine migrate`
struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the schema of a database up to date.")

    @OptionGroup var options: DatabaseOptions

    @Flag(help: "Only say which migrations are applied and which are pending.")
    var status = false

    func run() throws {
        let connection = try Connection(
            try options.target(makingDatabase: true), applicationName: "vitrine migrate")
        let migrator = Migrator(catalog: try SQLCatalog.locate(), connection: connection)
        if status {
            var table = TextTable(["migration", "applied at"])
            for entry in try migrator.status() {
                table.append([entry.migration.file, entry.appliedAt ?? "pending"])
            }
            return print(table)
        }
        let summary = try migrator.migrate()
        for migration in summary.migrations { print("applied \(migration.file)") }
        if !summary.definitions.isEmpty {
            print("replaced \(summary.definitions.count) functions and views")
        }
        if summary.isEmpty { print("nothing to do: the schema is up to date") }
    }
}
