import Foundation
import Postgres
import PostgresTestSupport
import SQLCatalog

@testable import Ingest

/// A migrated database and a folder of files, both gone after the test.
struct ImportWorld {
    let connection: Connection
    let uri: String
    let catalog: SQLCatalog
    let folder: String

    static func with<Result>(_ body: (ImportWorld) throws -> Result) throws -> Result {
        let home = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let catalog = SQLCatalog(home: Home(directory: home))
        let template = try TestServer.template("migrated_for_import") { connection in
            try Migrator(catalog: catalog, connection: connection).migrate()
        }
        let folder = NSTemporaryDirectory() + "import-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try TestServer.withDatabase(template: template) { connection, uri in
            // With no more rights than jobs have.
            try connection.setRole("vitrine_job")
            return try body(
                ImportWorld(connection: connection, uri: uri, catalog: catalog, folder: folder))
        }
    }

    var importer: Importer { Importer(connection: connection, catalog: catalog) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        try file(name, Array(text.utf8))
    }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Imports files under a mapping.
    @discardableResult
    func load(
        _ yaml: String, _ paths: String..., maximumRejects: RejectLimit? = nil
    ) throws -> ImportSummary {
        try importer.run(
            ImportRequest(
                source: .files(paths), mapping: ImportMapping(yaml: yaml, name: "test.yaml"),
                maximumRejects: maximumRejects))
    }

    /// Imports the rows of a query whose columns have the target's names.
    @discardableResult
    func load(_ target: ImportTarget, query: String) throws -> ImportSummary {
        try importer.run(
            ImportRequest(
                source: .query(query, on: ConnectionTarget(uri)), rows: .namedAsIn(target)))
    }

    func count(_ table: String) throws -> Int {
        try connection.value(Query(text: "select count(*) from \(table)"), as: Int.self)
    }

    /// One line for each row, its columns as text.
    func rows(_ query: String) throws -> [String] {
        try connection.query(
            Query(
                text:
                    "select concat_ws('|', variadic array(select coalesce(e.value, '-') from json_each_text(row_to_json(q)) as e)) from (\(query)) as q"
            ),
            as: String.self)
    }

    /// Closes the features through a moment.
    func close(through moment: String) throws {
        try connection.execute(
            """
            insert into ops.watermarks (watermark_name, closed_through)
            values ('features', \(moment)::text::timestamptz)
            """)
    }

    /// A checksum of what interactions say, whichever import brought them.
    func contentOfInteractions() throws -> [String] {
        try rows(
            """
            select user_id, item_id, action_id, occurred_at, event_key, value, surface, position,
                request_id, repeat_count, known_at
            from source.interactions order by 1, 2, 3, 4, 5
            """)
    }
}

let plainEvents = """
    target: interactions
    user_id: u
    item_id: i
    occurred_at: {column: t}
    action: {column: a, value: v}

    """
