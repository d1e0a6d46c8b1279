import Postgres
import PostgresTestSupport
import SQLCatalog
import Synchronization

/// A migrated database that a test has to itself, with short ways to put rows in and to read tables.
///
/// A test runs in one transaction, which is rolled back; every call is a savepoint, so that a test
/// may go on after an error that it expected. Statements run as `vitrine_job` unless a test says
/// otherwise: what the jobs do must work with the rights that the jobs have.
struct SQLDatabase {
    let connection: Connection
    let catalog: SQLCatalog
    let uri: String

    /// Databases that no test uses just now, and how many there are.
    private static let pool = Mutex<(idle: [String], count: Int)>(([], 0))

    static func with<Result>(
        role: String? = "vitrine_job", _ body: (SQLDatabase) throws -> Result
    ) throws -> Result {
        let catalog = try SQLCatalog.locate()
        let number = pool.withLock { pool -> String in
            if let idle = pool.idle.popLast() { return idle }
            pool.count += 1
            return "sql_\(pool.count)"
        }
        let database = try TestServer.template(number) { connection in
            try Migrator(catalog: catalog, connection: connection).migrate()
        }
        let uri = try TestServer.uri(database: database)
        let connection = try Connection(uri, applicationName: "test")
        // Identifiers begin at 1: sequences are the one thing that a rollback does not take back.
        try connection.script(
            """
            select setval(c.oid, 1, false) from pg_class as c
            where c.relkind = 'S' and c.relnamespace::regnamespace::text
                in ('source', 'model', 'ann', 'serving', 'ops')
            """)
        defer {
            connection.close()
            pool.withLock { $0.idle.append(number) }
        }
        return try withRollback(connection) {
            if let role { try connection.setRole(role) }
            return try body(SQLDatabase(connection: connection, catalog: catalog, uri: uri))
        }
    }

    /// Runs statements without arguments.
    func execute(_ statements: String) throws {
        try connection.withTransaction { try connection.script(statements) }
    }

    /// The rows of a query, each as PostgreSQL writes a record: `(1,post,"{a,b}",,f)`.
    func table(_ query: String) throws -> [String] {
        try table(Query(text: query))
    }

    /// The rows of a script under `sql/` that is one query.
    func table(script name: String, _ arguments: [String: Bind] = [:]) throws -> [String] {
        try table(try catalog.script(name).query(arguments))
    }

    private func table(_ query: Query) throws -> [String] {
        var query = query
        query.text = "select t::text from (\n\(query.text)\n) as t"
        return try connection.withTransaction { try connection.query(query, as: String.self) }
    }

    @discardableResult
    func run(_ name: String, _ arguments: [String: Bind] = [:]) throws -> Int {
        try connection.withTransaction {
            try connection.run(try catalog.script(name), arguments)
        }
    }

    /// The SQLSTATE that statements end with; nil when they succeed. Nothing of them stays.
    func failure(of statements: String) throws -> SQLState? {
        struct Undo: Error {}
        do {
            try connection.withTransaction { () throws -> Void in
                try connection.script(statements)
                throw Undo()
            }
        } catch let error as PostgresError {
            return error.sqlState
        } catch is Undo {}
        return nil
    }
}

/// A date as a literal of the tests.
func day(_ text: String) -> PostgresDate {
    guard let date = PostgresDate(text) else { preconditionFailure("not a date: \(text)") }
    return date
}
