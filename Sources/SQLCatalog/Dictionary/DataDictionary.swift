public import Postgres

/// Every table and view of a migrated database: what it holds, who answers for it, who writes and reads it,
/// and of each column the type, the unit and whether it is about a person.
public struct DataDictionary: Codable, Sendable {
    /// A table or view.
    public struct Relation: Codable, Sendable {
        public var schema: String
        public var name: String
        public var isView: Bool
        public var description: String
        /// Who answers for it: `ops.data_owners`, or `monitor.reports` for a report.
        public var owner: String
        /// Steps and commands.
        public var writtenBy: [String]
        /// Steps, commands, views and functions.
        public var readBy: [String]
        public var columns: [Column]

        /// `schema.name`
        public var qualifiedName: String { "\(schema).\(name)" }
        /// Whether any column is about a person.
        public var isPersonal: Bool { columns.contains(where: \.isPersonal) }
    }

    /// A column of a table or view.
    public struct Column: Codable, Sendable {
        public var name: String
        public var type: String
        /// Of a table alone: views cannot say.
        public var isNullable: Bool
        /// Of numbers, dates and moments; nil for the others.
        public var unit: String?
        public var isPersonal: Bool
        public var description: String
    }

    /// By schema and name.
    public var relations: [Relation]

    /// Reads the catalogue of a database.
    ///
    /// - Throws: ``CatalogError`` for an SQL file that cannot be read.
    public init(of connection: Connection, _ catalog: SQLCatalog) throws {
        let lineage = try Lineage(of: catalog)
        var relations: [Relation] = []
        try connection.forEachRow(
            try catalog.script("dictionary/columns").query(),
            as: (
                String, String, Bool, String, String, String, String, Bool, String, String?, Bool
            ).self
        ) {
            schema, name, isView, description, owner, column, type, isNullable, about, unit,
            isPersonal in
            if relations.last?.schema != schema || relations.last?.name != name {
                let qualified = "\(schema).\(name)"
                relations.append(
                    Relation(
                        schema: schema, name: name, isView: isView, description: description,
                        owner: owner, writtenBy: lineage.writers[qualified] ?? [],
                        readBy: lineage.readers[qualified] ?? [], columns: []))
            }
            relations[relations.count - 1].columns.append(
                Column(
                    name: column, type: type, isNullable: isNullable, unit: unit,
                    isPersonal: isPersonal, description: about))
        }
        self.relations = relations
    }
}
