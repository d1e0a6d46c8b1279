import ArgumentParser
import EmbeddedPostgres
import Foundation
import Postgres

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
        help: ArgumentHelp("Database of the private server.", valueName: "name"))
    var name = "vitrine"

    @Option(
        help: ArgumentHelp(
            "Directory of the private server; else $VITRINE_DATA, else one for the user.",
            valueName: "directory"))
    var data: String?

    /// The server that the user has named, if any.
    var ownTarget: ConnectionTarget? {
        database.map { ConnectionTarget($0) }
            ?? ConnectionTarget.from(environment: ProcessInfo.processInfo.environment)
    }

    func server() throws -> EmbeddedServer {
        try EmbeddedServer(dataDirectory: data)
    }

    /// The database to connect to; the private server is started, and its database made, when
    /// there is need.
    func target() throws -> ConnectionTarget {
        if let ownTarget { return ownTarget }
        let server = try server()
        try server.start()
        try server.ensureDatabase(name)
        return ConnectionTarget(server.connectionURI(database: name))
    }

    /// Options to type for the same database.
    var typed: String {
        var words: [String] = []
        if let database { words.append("--database '\(ConnectionTarget(database))'") }
        if name != "vitrine" { words.append("--name \(name)") }
        if let data { words.append("--data \(data)") }
        return words.map { " " + $0 }.joined()
    }
}
