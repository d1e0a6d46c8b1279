public import Postgres

/// Brings a database to the schema of this version: migrations first, then functions and views.
///
/// Each migration runs in a transaction of its own, together with its row in `ops.migrations`. One
/// session lock lets a second migrator wait until the first is done and then find nothing to do.
public struct Migrator {
    private let catalog: SQLCatalog
    private let connection: Connection

    /// The lock that migrators take.
    private static let lock = AdvisoryLockKey(name: "vitrine/migrate")

    public init(catalog: SQLCatalog, connection: Connection) {
        self.catalog = catalog
        self.connection = connection
    }

    /// What a call of ``migrate()`` did.
    public struct Summary: Hashable, Sendable {
        /// Migrations applied, in order.
        public var migrations: [Migration] = []
        /// Functions and views created or replaced, as paths under `sql/`.
        public var definitions: [String] = []
        public var isEmpty: Bool { migrations.isEmpty && definitions.isEmpty }
    }

    /// Applies what is pending; does nothing when there is nothing.
    ///
    /// - Throws: ``CatalogError`` when an applied file has changed or is missing; `PostgresError`
    ///   when a statement fails, in which case that migration has left no trace.
    @discardableResult
    public func migrate() throws -> Summary {
        try connection.withLock(Self.lock) {
            try createRoles()
            try asOwner { try connection.run(try catalog.script("migrate/create_ledger")) }
            var summary = Summary()
            for migration in try pending() {
                try apply(migration)
                summary.migrations.append(migration)
            }
            summary.definitions = try applyDefinitions()
            return summary
        }
    }

    /// - Throws: ``CatalogError`` when the user has neither the roles nor the right to make them.
    private func createRoles() throws {
        let script = try catalog.script("migrate/create_roles")
        do {
            try connection.run(script)
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            throw CatalogError(
                "the user may not make the roles of Vitrine, and is not a member of them",
                hint: """
                    Ask an administrator to run \(script.file) in this database, and then: \
                    grant vitrine_owner, vitrine_job to the user.
                    """)
        }
    }

    /// Every migration with the moment it was applied.
    public func status() throws -> [MigrationStatus] {
        let applied = try applied()
        let migrations = try Migration.all(in: catalog.home)
        try check(migrations, against: applied)
        return migrations.map { migration in
            MigrationStatus(
                migration: migration,
                appliedAt: applied.first { $0.number == migration.number }?.appliedAt)
        }
    }

    /// Whether the schema is complete: no migration, function or view is pending.
    public func isUpToDate() throws -> Bool {
        try pending().isEmpty && pendingDefinitions().isEmpty
    }

    private struct Applied {
        var number: Int32
        var name: String
        var checksum: String
        var appliedAt: String
    }

    private func applied() throws -> [Applied] {
        guard try ledgerExists() else { return [] }
        return try connection.query(
            try catalog.script("migrate/applied").query(),
            as: (Int32, String, String, Timestamp).self
        ).map {
            Applied(number: $0, name: $1, checksum: $2, appliedAt: $3.description)
        }
    }

    private func ledgerExists() throws -> Bool {
        try connection.value(try catalog.script("migrate/ledger_exists").query(), as: Bool.self)
    }

    private func pending() throws -> [Migration] {
        let applied = try applied()
        let migrations = try Migration.all(in: catalog.home)
        try check(migrations, against: applied)
        return Array(migrations.dropFirst(applied.count))
    }

    /// Applied files are a record of what the database is: they must be there and be the same.
    private func check(_ migrations: [Migration], against applied: [Applied]) throws {
        for record in applied {
            guard Int(record.number) <= migrations.count else {
                throw CatalogError(
                    "the database has migration \(record.number), which this version does not know",
                    hint: "It was migrated by a newer version of Vitrine: use that one.")
            }
            let migration = migrations[Int(record.number) - 1]
            guard try checksum(of: migration.text) == record.checksum else {
                throw CatalogError(
                    "\(migration.file) has changed since it was applied",
                    hint: "Restore the file, and put the change into a migration of its own.")
            }
        }
    }

    private func apply(_ migration: Migration) throws {
        let checksum = try checksum(of: migration.text)
        let clock = ContinuousClock()
        let start = clock.now
        try asOwner {
            try connection.script(migration.text, file: migration.file)
            try connection.run(
                try catalog.script("migrate/record_migration"),
                [
                    "migration_number": Bind(migration.number),
                    "migration_name": Bind(migration.name),
                    "checksum": Bind(checksum),
                    "duration_seconds": Bind((clock.now - start) / .seconds(1)),
                ])
        }
    }

    // MARK: - Functions and views

    private struct Definition {
        var name: String
        var text: String
        var checksum: String
        var file: String { "sql/\(name).sql" }
        /// The view or function, by the name of the file.
        var object: TableName? {
            name.split(separator: "/").last.map { TableName(String($0)) }
        }
    }

    private func pendingDefinitions() throws -> [Definition] {
        let applied =
            try ledgerExists()
            ? Dictionary(
                uniqueKeysWithValues: try connection.query(
                    try catalog.script("migrate/definitions").query(),
                    as: (String, String).self))
            : [:]
        return try (catalog.names(in: "views") + catalog.names(in: "functions"))
            .map(definition).filter { applied[$0.name] != $0.checksum }
    }

    /// Creates or replaces what has changed, in one transaction, in an order that is found by trying:
    /// what needs an object that is not there yet waits for the next round.
    private func applyDefinitions() throws -> [String] {
        var waiting = try pendingDefinitions()
        let names = waiting.map(\.name)
        guard !waiting.isEmpty else { return [] }
        try asOwner {
            while !waiting.isEmpty {
                var postponed: [Definition] = []
                var reason: (any Error)?
                var hasDropped = false
                for definition in waiting {
                    do {
                        let dropped = try connection.withTransaction { try apply(definition) }
                        postponed += dropped
                        hasDropped = hasDropped || !dropped.isEmpty
                    } catch let error as PostgresError where error.isMissingObject {
                        postponed.append(definition)
                        reason = error
                    }
                }
                if let reason, postponed.count == waiting.count, !hasDropped { throw reason }
                waiting = postponed
            }
        }
        return names
    }

    /// - Returns: Views of the engine that had to be dropped on the way, to be made again.
    private func apply(_ definition: Definition) throws -> [Definition] {
        var dropped: [Definition] = []
        do {
            try connection.withTransaction {
                try connection.script(definition.text, file: definition.file)
            }
        } catch let error as PostgresError where error.isChangeOfColumns {
            // A view whose columns change cannot be replaced: it is dropped first, together with
            // the engine's own views that stand on it, unless something of the user's does too.
            guard definition.name.hasPrefix("views/"), let view = definition.object else {
                throw error
            }
            dropped = try dependents(of: view)
            let views = [view] + dropped.compactMap(\.object)
            try connection.execute(
                "drop view \(unescaped: views.map(\.quoted).joined(separator: ", "))")
            try connection.script(definition.text, file: definition.file)
        }
        try connection.run(
            try catalog.script("migrate/record_definition"),
            [
                "definition_path": Bind(definition.name),
                "checksum": Bind(definition.checksum),
            ])
        return dropped
    }

    /// The engine's views that read a view, directly or through others.
    private func dependents(of view: TableName) throws -> [Definition] {
        let names = try connection.query(
            try catalog.script("migrate/dependent_views").query(["view_name": Bind(view.quoted)]),
            as: String.self)
        return try Set(names.map { "views/\($0)" })
            .intersection(catalog.names(in: "views")).sorted().map(definition)
    }

    private func definition(_ name: String) throws -> Definition {
        let text = try catalog.home.text(of: "sql/\(name).sql")
        return Definition(name: name, text: text, checksum: try checksum(of: text))
    }

    private func asOwner(_ body: () throws -> Void) throws {
        try connection.withTransaction {
            try connection.execute("set local role vitrine_owner")
            try body()
        }
    }

    private func checksum(of text: String) throws -> String {
        try connection.value(
            try catalog.script("run/checksum").query(["content": Bind(text)]), as: String.self)
    }
}

extension PostgresError {
    /// undefined_table, undefined_function, undefined_column, undefined_object.
    fileprivate var isMissingObject: Bool {
        ["42P01", "42883", "42703", "42704"].contains(sqlState?.rawValue)
    }

    /// invalid_table_definition: what `create or replace view` says of other columns.
    fileprivate var isChangeOfColumns: Bool {
        sqlState?.rawValue == "42P16"
    }
}
