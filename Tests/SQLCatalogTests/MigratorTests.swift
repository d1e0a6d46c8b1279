import Dispatch
import Foundation
import Postgres
import PostgresTestSupport
import Synchronization
import Testing

@testable import SQLCatalog

@Suite struct MigratorTests {
    /// A copy of `sql/` and `migrations/` that a test may change.
    private func withCopy(_ body: (SQLCatalog) throws -> Void) throws {
        let copy = FileManager.default.temporaryDirectory
            .appendingPathComponent("vitrine-home-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        let home = try Home.locate()
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for folder in ["sql", "migrations"] {
            try FileManager.default.copyItem(
                at: home.directory.appendingPathComponent(folder),
                to: copy.appendingPathComponent(folder))
        }
        try body(SQLCatalog(home: Home(directory: copy)))
    }

    private func write(_ text: String, to file: String, of catalog: SQLCatalog) throws {
        try text.write(toFile: catalog.home.path(file), atomically: true, encoding: .utf8)
    }

    private func migrationFile(_ number: Int, _ name: String) -> String {
        let digits = String(number)
        return "migrations/" + String(repeating: "0", count: 4 - digits.count) + digits
            + "_\(name).sql"
    }

    private func edit(
        _ file: String, of catalog: SQLCatalog, replacing old: String, with new: String
    ) throws {
        let text = try catalog.home.text(of: file)
        try #require(text.contains(old))
        try write(text.replacing(old, with: new), to: file, of: catalog)
    }

    private func migrate(_ catalog: SQLCatalog, _ connection: Connection) throws -> Migrator.Summary
    {
        try Migrator(catalog: catalog, connection: connection).migrate()
    }

    private func names(_ connection: Connection) throws -> [String] {
        try connection.query(
            "select migration_name from ops.migrations order by migration_number", as: String.self)
    }

    private func migrated(_ catalog: SQLCatalog) throws -> String {
        try TestServer.template("migrated") { _ = try migrate(catalog, $0) }
    }

    @Test func `applies all, and a second time nothing`() throws {
        let catalog = try SQLCatalog.locate()
        try TestServer.withDatabase { connection, _ in
            let migrator = Migrator(catalog: catalog, connection: connection)
            #expect(try !migrator.isUpToDate())
            let first = try migrator.migrate()
            #expect(first.migrations == (try Migration.all(in: catalog.home)))
            #expect(
                Set(first.definitions)
                    == Set(try catalog.names(in: "views") + catalog.names(in: "functions")))
            #expect(try migrator.isUpToDate())
            let query: Query = "select migration_number::text || applied_at from ops.migrations"
            let ledger = try connection.query(query, as: String.self)
            #expect(try migrator.migrate().isEmpty)
            #expect(try connection.query(query, as: String.self) == ledger)
        }
    }

    @Test func `status tells what was applied and what is pending`() throws {
        try withCopy { catalog in
            try TestServer.withDatabase { connection, _ in
                let migrator = Migrator(catalog: catalog, connection: connection)
                let count = try Migration.all(in: catalog.home).count
                #expect(
                    try migrator.status().map(\.appliedAt) == Array(repeating: nil, count: count))
                try migrator.migrate()
                try write(
                    "create table ops.more (a integer);",
                    to: migrationFile(count + 1, "create_more"), of: catalog)
                let status = try migrator.status()
                #expect(
                    status.map { $0.appliedAt != nil } == Array(repeating: true, count: count) + [
                        false
                    ])
                #expect(status.last?.migration.name == "create_more")
                #expect(try !migrator.isUpToDate())
            }
        }
    }

    @Test func `two at once both end well and apply each once`() throws {
        let catalog = try SQLCatalog.locate()
        try TestServer.withDatabase { connection, uri in
            let outcomes = Mutex<[Result<Migrator.Summary, any Error>]>([])
            let group = DispatchGroup()
            // Both are made to wait at the door, so that they start at the same moment.
            try connection.withLock(AdvisoryLockKey(name: "vitrine/migrate")) {
                for _ in 1...2 {
                    DispatchQueue.global().async(group: group) {
                        let outcome = Result {
                            try Migrator(catalog: catalog, connection: try Connection(uri))
                                .migrate()
                        }
                        outcomes.withLock { $0.append(outcome) }
                    }
                }
                var (waiting, attempts) = (0, 0)
                while waiting < 2, attempts < 500 {
                    attempts += 1
                    try connection.execute("select pg_sleep(0.01)")
                    waiting = try connection.value(
                        """
                        select count(*) from pg_stat_activity
                        where datname = current_database() and wait_event_type = 'Lock'
                        """, as: Int.self)
                }
            }
            group.wait()
            let summaries = try outcomes.withLock { $0 }.map { try $0.get() }
            #expect(Set(summaries.map(\.isEmpty)) == [true, false])
            #expect(
                try names(connection) == (try Migration.all(in: catalog.home)).map(\.name))
        }
    }

    @Test func `an applied file that changed is refused by name, and nothing is applied`() throws {
        try withCopy { catalog in
            try TestServer.withDatabase(template: try migrated(catalog)) { connection, _ in
                let before = try names(connection)
                try edit(
                    "migrations/0002_create_ops.sql", of: catalog, replacing: "One row per run",
                    with: "A row per run")
                try write(
                    "create table ops.more (a integer);",
                    to: migrationFile(before.count + 1, "create_more"), of: catalog)
                let error = #expect(throws: CatalogError.self) { try migrate(catalog, connection) }
                #expect(
                    error?.message
                        == "migrations/0002_create_ops.sql has changed since it was applied")
                #expect(error?.hint != nil)
                #expect(try names(connection) == before)
                let exists = try connection.value(
                    "select to_regclass('ops.more') is not null", as: Bool.self)
                #expect(!exists)
            }
        }
    }

    @Test func `a migration that fails leaves no trace, and those before it stay`() throws {
        try withCopy { catalog in
            let count = try Migration.all(in: catalog.home).count
            let file = migrationFile(count + 1, "break")
            try write(
                "create table ops.more (a integer);\nselect 1 / 0;\n", to: file, of: catalog)
            try TestServer.withDatabase { connection, _ in
                let error = #expect(throws: PostgresError.self) { try migrate(catalog, connection) }
                #expect(error?.sqlState == "22012")
                #expect(error?.statementFile == file)
                #expect(try names(connection).count == count)
                let exists = try connection.value(
                    "select to_regclass('ops.more') is not null", as: Bool.self)
                #expect(!exists)
                // Mended, it goes on where it stopped.
                try write("create table ops.more (a integer);\n", to: file, of: catalog)
                #expect(try migrate(catalog, connection).migrations.map(\.name) == ["break"])
            }
        }
    }

    @Test func `a database of a newer version is refused`() throws {
        let catalog = try SQLCatalog.locate()
        try TestServer.withDatabase(template: try migrated(catalog)) { connection, _ in
            try connection.execute(
                "insert into ops.migrations values (99, 'from_the_future', '', clock_timestamp(), 0)"
            )
            let error = #expect(throws: CatalogError.self) { try migrate(catalog, connection) }
            #expect(error?.message.contains("99") == true)
            #expect(error?.hint?.contains("newer") == true)
            #expect(throws: CatalogError.self) {
                try Migrator(catalog: catalog, connection: connection).status()
            }
        }
    }

    @Test(arguments: [
        ("0003_create_source.sql", nil as String?, "expected migration 3"),
        ("0003_create_source.sql", "0002_again.sql", "expected migration 3"),
        ("0003_create_source.sql", "create_source.sql", "has no number"),
        ("0001_create_schemas.sql", "0000_create_schemas.sql", "expected migration 1"),
    ])
    func `numbers must rise by one`(file: String, moved: String?, message: String) throws {
        try withCopy { catalog in
            let folder = catalog.home.directory.appendingPathComponent("migrations")
            let old = folder.appendingPathComponent(file)
            if let moved {
                try FileManager.default.moveItem(at: old, to: folder.appendingPathComponent(moved))
            } else {
                try FileManager.default.removeItem(at: old)
            }
            try TestServer.withDatabase { connection, _ in
                let error = #expect(throws: CatalogError.self) { try migrate(catalog, connection) }
                #expect(error?.message.contains(message) == true)
                let schemas = try connection.value(
                    "select count(*) from pg_namespace where nspname in ('source', 'feature')",
                    as: Int.self)
                #expect(schemas == 0)
            }
        }
    }

    // MARK: - Functions and views

    private func columns(of view: String, _ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select attname::text from pg_attribute
            where attrelid = \(view)::regclass and attnum > 0 order by attnum
            """, as: String.self)
    }

    @Test func `a view that changed is replaced, and a function too`() throws {
        try withCopy { catalog in
            try TestServer.withDatabase(template: try migrated(catalog)) { connection, _ in
                try edit(
                    "sql/views/serving.candidates.sql", of: catalog, replacing: "    c.item_id,\n",
                    with: "")
                try edit(
                    "sql/views/serving.candidates.sql", of: catalog,
                    replacing: "comment on column serving.candidates.item_id is 'The item.';",
                    with: "")
                try edit(
                    "sql/functions/serving.check_k.sql", of: catalog, replacing: "coalesce(k, 10)",
                    with: "coalesce(k, 20)")
                let summary = try migrate(catalog, connection)
                #expect(summary.migrations == [])
                #expect(
                    summary.definitions == [
                        "views/serving.candidates", "functions/serving.check_k",
                    ])
                #expect(try !columns(of: "serving.candidates", connection).contains("item_id"))
                let count = try connection.value("select serving.check_k(null)", as: Int.self)
                #expect(count == 20)
                #expect(try migrate(catalog, connection).isEmpty)
            }
        }
    }

    @Test func `a view that others of the engine read is replaced with them`() throws {
        try withCopy { catalog in
            try TestServer.withDatabase(template: try migrated(catalog)) { connection, _ in
                // monitor.job_runs reads monitor.job_steps.
                try edit(
                    "sql/views/monitor.job_steps.sql", of: catalog, replacing: "    s.rows_in,\n",
                    with: "")
                try edit(
                    "sql/views/monitor.job_steps.sql", of: catalog,
                    replacing:
                        "comment on column monitor.job_steps.rows_in is 'Rows read; null where it cannot be said.';",
                    with: "")
                _ = try migrate(catalog, connection)
                #expect(try !columns(of: "monitor.job_steps", connection).contains("rows_in"))
                #expect(try columns(of: "monitor.job_runs", connection).contains("step_summary"))
                let granted = try connection.value(
                    "select has_table_privilege('vitrine_dashboard', 'monitor.job_runs', 'select')",
                    as: Bool.self)
                #expect(granted)
                #expect(try migrate(catalog, connection).isEmpty)
            }
        }
    }

    @Test func `a view that something of the user's own reads is left, with an error`() throws {
        try withCopy { catalog in
            try TestServer.withDatabase(template: try migrated(catalog)) { connection, _ in
                try connection.script("create view public.mine as select * from serving.candidates")
                try edit(
                    "sql/views/serving.candidates.sql", of: catalog, replacing: "    c.item_id,\n",
                    with: "")
                let error = #expect(throws: PostgresError.self) { try migrate(catalog, connection) }
                #expect(error?.sqlState == "2BP01")
                #expect(try columns(of: "public.mine", connection).contains("item_id"))
            }
        }
    }

    @Test func `a definition that fails takes the others of its round with it`() throws {
        try withCopy { catalog in
            try TestServer.withDatabase(template: try migrated(catalog)) { connection, _ in
                try edit(
                    "sql/functions/serving.check_k.sql", of: catalog, replacing: "coalesce(k, 10)",
                    with: "coalesce(k, 20)")
                try write(
                    "create view serving.broken as select no_such_column from serving.weights;",
                    to: "sql/views/serving.broken.sql", of: catalog)
                let error = #expect(throws: PostgresError.self) { try migrate(catalog, connection) }
                #expect(error?.sqlState == .undefinedColumn)
                let count = try connection.value("select serving.check_k(null)", as: Int.self)
                #expect(count == 10)
            }
        }
    }

    // MARK: - Rights

    /// Runs a body in a session of a login that is nobody special.
    private func withPlainUser(
        _ uri: String, _ connection: Connection, grants: String = "",
        _ body: (Connection) throws -> Void
    ) throws {
        let name = "plain_\(UUID().uuidString.prefix(8).lowercased())"
        try connection.script("create role \(quotedIdentifier(name)) login")
        defer {
            try? connection.script(
                "drop owned by \(quotedIdentifier(name)); drop role \(quotedIdentifier(name))")
        }
        if !grants.isEmpty { try connection.script("\(grants) to \(quotedIdentifier(name))") }
        let session = try Connection(uri.replacing("user=postgres", with: "user=\(name)"))
        defer { session.close() }
        try body(session)
    }

    @Test func `a user without the right to make roles is told whom to ask`() throws {
        let catalog = try SQLCatalog.locate()
        try TestServer.withDatabase { connection, uri in
            try withPlainUser(uri, connection) { session in
                let error = #expect(throws: CatalogError.self) { try migrate(catalog, session) }
                #expect(error?.message.contains("roles") == true)
                #expect(error?.hint?.contains("sql/migrate/create_roles.sql") == true)
                #expect(error?.hint?.contains("grant vitrine_owner, vitrine_job") == true)
            }
            let schemas = try connection.value(
                "select count(*) from pg_namespace where nspname = 'ops'", as: Int.self)
            #expect(schemas == 0)
        }
    }

    @Test func `once an administrator has made the roles, a plain user migrates`() throws {
        let catalog = try SQLCatalog.locate()
        try TestServer.withDatabase { connection, uri in
            try connection.run(try catalog.script("migrate/create_roles"))
            try withPlainUser(uri, connection, grants: "grant vitrine_owner, vitrine_job") {
                session in
                let summary = try migrate(catalog, session)
                #expect(!summary.isEmpty)
                #expect(try Migrator(catalog: catalog, connection: session).isUpToDate())
            }
        }
    }
}
