internal import DelimitedText
public import Postgres
public import SQLCatalog

/// Brings files, standard input or the rows of a query into `source`.
///
///     let importer = Importer(connection: connection, catalog: try SQLCatalog.locate())
///     let summary = try importer.run(ImportRequest(source: .files(paths), mapping: mapping))
///
/// Rows are copied into temporary tables in batches, then loaded in one transaction, so that memory
/// stays flat and a failed import loads nothing. Records that are refused are written down as they
/// come, in transactions of their own, and stay whatever becomes of the import. What was loaded
/// before is recognised by its content.
public struct Importer {
    private let connection: Connection
    private let catalog: SQLCatalog

    /// - Parameter connection: A session outside of any transaction, with a migrated schema.
    public init(connection: Connection, catalog: SQLCatalog) {
        self.connection = connection
        self.catalog = catalog
    }

    /// Imports.
    ///
    /// - Parameter progress: Called after each piece of input, several times a second; what it
    ///   throws ends the import, with nothing loaded.
    /// - Throws: ``ImportError``, `DelimitedTextError` when the input cannot be read to its end, and
    ///   `PostgresError`.
    public func run(
        _ request: ImportRequest, progress: (ImportProgress) throws -> Void = { _ in }
    ) throws -> ImportSummary {
        var session = ImportSession(
            connection: connection, catalog: catalog, request: request,
            input: try ImportInput(request.source))
        return try session.run(progress)
    }
}
