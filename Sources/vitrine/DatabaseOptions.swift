import ArgumentParser
import EmbeddedPostgres
import Foundation
import Postgres
import SQLCatalog

/// Which database a command works on.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Connection URI of your own server.",
            discussion: """
                Without it, DATABASE_URL and libpq's own variables (PGHOST, PGSERVICE, …) are used; \
                without those, a private server is started.
                """, valueName: "uri"))
    var database: String?

    @Option(
        help: ArgumentHelp(
            "Database of the private server, vitrine by default; naming one means that server.",
            valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Directory of the private server; else $VITRINE_DATA, else one for the user.",
            valueName: "directory"))
    var data: String?

    /// The server that the user has named, if any.
    var ownTarget: ConnectionTarget? {
        if let database { return ConnectionTarget(database) }
        // Who names something of the private server means it, whatever the environment says.
        guard name == nil, data == nil else { return nil }
        return ConnectionTarget.from(environment: ProcessInfo.processInfo.environment)
    }

    var databaseName: String { name ?? "vitrine" }

    func server() throws -> EmbeddedServer {
        try EmbeddedServer(dataDirectory: data)
    }

    /// The database to connect to; the private server is started when there is need.
    ///
    /// - Parameter makingDatabase: Whether a database that the private server lacks is made. A command
    ///   that only works on one must not leave another behind for a name mistyped.
    /// - Throws: ``CatalogError`` when the database is not there and is not to be made.
    func target(makingDatabase: Bool = false) throws -> ConnectionTarget {
        if let ownTarget { return ownTarget }
        let server = try server()
        try server.start()
        if makingDatabase {
            try server.ensureDatabase(databaseName)
        } else if try !server.hasDatabase(databaseName) {
            throw CatalogError(
                "the private server has no database \(databaseName)",
                hint: "To make it, run: vitrine migrate\(typed)")
        }
        return ConnectionTarget(server.connectionURI(database: databaseName))
    }

    /// A connection with the role of the jobs, to a database whose schema is up to date.
    ///
    /// - Throws: ``CatalogError`` when migrations are pending.
    func connectAsJob(command: String) throws -> (Connection, SQLCatalog) {
        let catalog = try SQLCatalog.locate()
        let target = try target()
        try Run.requireSchema(catalog, target, self)
        let connection = try Connection(target, applicationName: "vitrine \(command)")
        try connection.setRole("vitrine_job")
        return (connection, catalog)
    }

    /// Options to type for the same database.
    var typed: String {
        var words: [String] = []
        if let database { words.append("--database '\(ConnectionTarget(database))'") }
        if let name { words.append("--name \(name)") }
        if let data { words.append("--data \(data)") }
        return words.map { " " + $0 }.joined()
    }
}
