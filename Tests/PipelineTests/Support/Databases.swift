import Postgres
import PostgresTestSupport
import SQLCatalog

/// Databases made once for the process, of which each test gets a copy.
enum Databases {
    /// Not even the schema.
    static func withNothing<Result>(
        _ body: (_ connection: Connection, _ uri: String) throws -> Result
    ) throws -> Result {
        try TestServer.withDatabase(body)
    }

    /// The schema, and nothing in it.
    static func withSchema<Result>(
        _ body: (_ connection: Connection, _ uri: String) throws -> Result
    ) throws -> Result {
        let template = try TestServer.template("migrated") { try migrate($0) }
        return try TestServer.withDatabase(template: template, body)
    }

    /// The planted world, and no run yet.
    static func withWorld<Result>(
        _ body: (_ connection: Connection, _ uri: String) throws -> Result
    ) throws -> Result {
        let template = try TestServer.template("planted") { try fill($0) }
        return try TestServer.withDatabase(template: template, body)
    }

    /// The planted world after one undisturbed run of ``Nightly``.
    static func withPublication<Result>(
        _ body: (_ connection: Connection, _ uri: String) throws -> Result
    ) throws -> Result {
        let template = try TestServer.template("published") { connection in
            try fill(connection)
            try Nightly().run(on: try TestServer.uri(database: connection.database))
        }
        return try TestServer.withDatabase(template: template, body)
    }

    /// The planted world after one undisturbed run of ``Nightly/ranked``.
    static func withRankedPublication<Result>(
        _ body: (_ connection: Connection, _ uri: String) throws -> Result
    ) throws -> Result {
        let template = try TestServer.template("ranked") { connection in
            try fill(connection)
            try Nightly.ranked.run(on: try TestServer.uri(database: connection.database))
        }
        return try TestServer.withDatabase(template: template, body)
    }

    /// The checksums that an undisturbed run leaves.
    static func undisturbed() throws -> Checksums {
        try withPublication { connection, _ in try Checksums(connection) }
    }

    /// Makes the schema and the planted world.
    static func fill(_ connection: Connection) throws {
        try migrate(connection)
        try PlantedWorld().write(to: connection)
    }

    private static func migrate(_ connection: Connection) throws {
        try Migrator(catalog: try SQLCatalog.locate(), connection: connection).migrate()
    }
}

/// What a run made, in short: equal for equal results.
struct Checksums: Hashable {
    /// Of the current publication.
    var publication: String
    /// Of the bytes of the newest models for evaluation and for serving.
    var models: [String]

    init(_ connection: Connection) throws {
        publication = try connection.value(
            """
            select checksum from serving.publications
            inner join serving.pointer using (publication_id)
            """)
        models = try connection.query(
            """
            select artefact_checksum from model.models
            where kind = 'two_tower' and run_id = (select max(run_id) from ops.runs)
            order by purpose
            """, as: String.self)
    }
}
