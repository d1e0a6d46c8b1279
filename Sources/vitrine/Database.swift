import ArgumentParser
import EmbeddedPostgres
import Foundation
import Postgres

/// `vitrine db`
struct Database: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Start, stop and enter the private PostgreSQL server.",
        subcommands: [Start.self, Stop.self, ServerStatus.self, Psql.self, Url.self])

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start the server, creating it when there is none.")
        @OptionGroup var options: DatabaseOptions

        func run() throws {
            let server = try options.server()
            let isNew = try server.start()
            try server.ensureDatabase(options.databaseName)
            print(
                isNew ? "started in \(server.directory)" : "already running in \(server.directory)")
        }
    }

    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop the server; data stays.")
        @OptionGroup var options: DatabaseOptions

        func run() throws {
            print(try options.server().stop() ? "stopped" : "not running")
        }
    }

    struct ServerStatus: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Say whether the server runs, and where.")
        @OptionGroup var options: DatabaseOptions

        func run() throws {
            let server = try options.server()
            switch try server.status() {
            case .notCreated: print("no server yet in \(server.directory)")
            case .stopped: print("stopped, in \(server.directory)")
            case .busy(let processID):
                print("starting or stopping as process \(processID), in \(server.directory)")
            case .running(let processID, _):
                print("running as process \(processID), in \(server.directory)")
            }
        }
    }

    struct Psql: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open psql on the database; what follows -- is passed on.")
        @OptionGroup var options: DatabaseOptions
        @Argument(parsing: .postTerminator, help: "Arguments of psql.")
        var arguments: [String] = []

        func run() throws {
            let child = try options.target().forChildProcess()
            for (name, value) in child.environment { setenv(name, value, 1) }
            let program = (try? ServerPrograms.find().psql) ?? "psql"
            let words = [program, "--no-psqlrc", "--dbname", child.text] + arguments
            var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
            // Replaces this process: psql owns the terminal.
            execvp(program, &pointers)
            throw ValidationError(
                "could not start psql: install postgresql-client, or use the output of vitrine db url"
            )
        }
    }

    struct Url: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the connection URI of the database.")
        @OptionGroup var options: DatabaseOptions

        func run() throws {
            print(try Self.uri(of: options))
        }

        /// The URI of the private server, started when need be; your own server's as you gave it.
        static func uri(of options: DatabaseOptions) throws -> String {
            if let database = options.database { return database }
            if options.ownTarget != nil {
                // An empty URI leaves everything to libpq's own variables.
                return ProcessInfo.processInfo.environment["DATABASE_URL"] ?? "postgresql://"
            }
            let server = try options.server()
            try server.start()
            try server.ensureDatabase(options.databaseName)
            return server.connectionURI(database: options.databaseName)
        }
    }
}
