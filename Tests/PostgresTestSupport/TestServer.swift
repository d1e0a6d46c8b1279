/// A PostgreSQL server for tests: one for each test process, in a temporary directory, stopped when
/// the process ends, however it ends.
///
///     @Test func `counts users`() throws {
///         try TestServer.withDatabase { connection, uri in
///             try connection.script("create table users (user_id bigint)")
///             #expect(try connection.value("select count(*) from users", as: Int.self) == 0)
///         }
///     }
///
/// - `withDatabase` gives a fresh database to each call and drops it afterwards; calls may run side
///   by side. `uri` opens further connections, or goes to a program that is started.
/// - `withDatabase(template:)` copies a database that was made once, such as a migrated one:
///   `try TestServer.template("migrated") { connection in … }` makes it at the first call and
///   returns its name.
/// - `withRollback` runs a body in a transaction and takes everything back: for tests that share a
///   database.
///
/// The server runs without fsync. Works as root (the server then runs as `postgres`) and as an
/// ordinary user.
public import EmbeddedPostgres
internal import Foundation
public import Postgres
internal import Synchronization

public enum TestServer {
    /// The server of this process, started at first use.
    public static func shared() throws -> EmbeddedServer {
        try started.get()
    }

    /// The address of a database of this server.
    public static func uri(database: String = "postgres") throws -> String {
        try shared().connectionURI(database: database)
    }

    /// Runs `body` with a connection to a database of its own.
    ///
    /// - Parameter template: The database to copy; an empty one when nil.
    public static func withDatabase<Result>(
        template: String? = nil,
        _ body: (_ connection: Connection, _ uri: String) throws -> Result
    ) throws -> Result {
        let name = try createDatabase(template: template)
        defer { try? dropDatabase(name) }
        let uri = try uri(database: name)
        let connection = try Connection(uri, applicationName: "test")
        defer { connection.close() }
        return try body(connection, uri)
    }

    /// The same for a body that waits.
    public static func withDatabase<Result>(
        template: String? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: (_ connection: Connection, _ uri: String) async throws -> Result
    ) async throws -> Result {
        let name = try createDatabase(template: template)
        defer { try? dropDatabase(name) }
        let uri = try uri(database: name)
        let connection = try Connection(uri, applicationName: "test")
        defer { connection.close() }
        return try await body(connection, uri)
    }

    /// Makes a database once for the process, for others to be copied from.
    ///
    /// - Returns: Its name, for `withDatabase(template:)`.
    public static func template(
        _ name: String, prepare: (Connection) throws -> Void
    ) throws -> String {
        let database = "template_\(name)"
        try templates.withLock { made in
            guard !made.contains(database) else { return }
            try administer { try $0.execute("create database \(identifier: database)") }
            let connection = try Connection(try uri(database: database))
            defer { connection.close() }
            try prepare(connection)
            made.insert(database)
        }
        return database
    }

    private static let templates = Mutex<Set<String>>([])
    private static let counter = Mutex(0)

    private static func createDatabase(template: String?) throws -> String {
        let number = counter.withLock { counter in
            counter += 1
            return counter
        }
        let name = "test_\(number)"
        // template1 cannot be copied while anybody looks at it; nobody can look at template0.
        try administer {
            try $0.execute(
                "create database \(identifier: name) template \(identifier: template ?? "template0")"
            )
        }
        return name
    }

    private static func dropDatabase(_ name: String) throws {
        try administer { try $0.execute("drop database \(identifier: name) with (force)") }
    }

    private static func administer(_ body: (Connection) throws -> Void) throws {
        let connection = try Connection(try uri(), applicationName: "test server")
        defer { connection.close() }
        try body(connection)
    }
}

/// Runs `body` in a transaction that is rolled back whatever happens.
public func withRollback<Result>(
    _ connection: Connection, _ body: () throws -> Result
) throws -> Result {
    try connection.script("begin")
    let result: Result
    do {
        result = try body()
    } catch {
        try? connection.script("rollback")
        throw error
    }
    try connection.script("rollback")
    return result
}
