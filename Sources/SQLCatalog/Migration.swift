/// One file of `migrations/`, such as `0003_create_source.sql`.
public struct Migration: Hashable, Sendable {
    /// The number at the head of the file name, from 1 without gaps.
    public let number: Int32
    /// The rest of the file name without the ending.
    public let name: String
    /// The statements, run in one transaction.
    public let text: String

    /// Path as errors show it.
    public var file: String {
        let digits = String(number)
        return
            "migrations/\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)_\(name).sql"
    }

    /// Reads all migrations, in order.
    ///
    /// - Throws: ``CatalogError`` for a name without a number, a gap or a number given twice.
    static func all(in home: Home) throws -> [Migration] {
        let migrations = try home.files(below: "migrations", extension: "sql").map { file in
            let parts = file.dropLast(".sql".count).split(separator: "_", maxSplits: 1)
            guard parts.count == 2, let number = Int32(parts[0]) else {
                throw CatalogError(
                    "migrations/\(file) has no number",
                    hint: "Name it like 0008_create_something.sql.")
            }
            return Migration(
                number: number, name: String(parts[1]),
                text: try home.text(of: "migrations/\(file)"))
        }.sorted { $0.number < $1.number }
        for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
            throw CatalogError(
                "expected migration \(index + 1), found \(migration.file)",
                hint: "Numbers rise by one, each used once.")
        }
        return migrations
    }
}

/// A migration and whether it was applied.
public struct MigrationStatus: Hashable, Sendable {
    public let migration: Migration
    /// When it was applied, as ISO text in UTC; nil while it is pending.
    public let appliedAt: String?
}
