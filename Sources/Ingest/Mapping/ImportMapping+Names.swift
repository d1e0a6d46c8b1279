internal import DelimitedText
internal import Postgres
internal import StrictYAML

/// A column of an input that needs no mapping, with its type where it has one.
struct TypedColumn: Hashable, Sendable {
    var name: String
    var type: PostgresType?
}

extension ImportMapping {
    /// The mapping of columns that have the names of the target's columns.
    ///
    /// - Throws: `mappingDoesNotFit` for a column that is missing or, among interactions, one too
    ///   many.
    static func named(_ target: ImportTarget, columns: [TypedColumn]) throws -> ImportMapping {
        var remaining = columns
        func take(_ name: String) -> TypedColumn? {
            remaining.firstIndex { $0.name == name }.map { remaining.remove(at: $0) }
        }
        func required(_ name: String) throws -> String {
            guard take(name) != nil else {
                throw ImportError(
                    .mappingDoesNotFit, "\(target.rawValue) need a column \"\(name)\"",
                    hint: NearMiss.of(name, among: columns.map(\.name)).map {
                        "Rename the column \"\($0)\", or use a mapping file."
                    } ?? "Rename a column, or use a mapping file.")
            }
            return name
        }
        func moment(_ name: String) -> MomentSource? {
            take(name).map { MomentSource(origin: .column($0.name, .iso8601)) }
        }
        let rows: Rows
        switch target {
        case .users:
            var users = UserMapping(userID: try required("user_id"))
            users.createdAt = moment("created_at")
            users.knownAt = moment("known_at")
            users.attributeObject = take("attributes")?.name
            users.attributes = remaining.map(AttributeMapping.init)
            rows = .users(users)
        case .items:
            var items = ItemMapping(itemID: try required("item_id"))
            items.creatorID = take("creator_id")?.name
            if let kind = take("kind") { items.kind = .column(kind.name) }
            items.createdAt = moment("created_at")
            items.knownAt = moment("known_at")
            items.isAvailable = take("is_available")?.name
            items.caption = take("caption")?.name
            items.language = take("language").map { .column($0.name) }
            items.tags = take("tags").map { tags in
                TagMapping(
                    column: tags.name,
                    form: tags.type == .textArray ? .array : .separated(UInt8(ascii: ",")))
            }
            items.attributeObject = take("attributes")?.name
            items.attributes = remaining.map(AttributeMapping.init)
            rows = .items(items)
        case .interactions:
            var events = InteractionMapping(userID: try required("user_id"))
            events.itemID = try required("item_id")
            events.action = ActionColumn(column: try required("action"))
            _ = try required("occurred_at")
            events.occurredAt = .moment(MomentSource(origin: .column("occurred_at", .iso8601)))
            events.action?.value = take("value").map { ValueMapping(column: $0.name) }
            events.surface = take("surface").map { .column($0.name) }
            events.position = take("position")?.name
            events.requestID = take("request_id")?.name
            events.knownAt = moment("known_at")
            if let unknown = remaining.first {
                throw ImportError(
                    .mappingDoesNotFit, "interactions have no column \"\(unknown.name)\"",
                    hint: NearMiss.hint(
                        for: unknown.name,
                        among: [
                            "user_id", "item_id", "action", "occurred_at", "value", "surface",
                            "position", "request_id", "known_at",
                        ]))
            }
            rows = .interactions(events)
        }
        return ImportMapping(rows: rows, json: #"{"target": "\#(target.rawValue)"}"#)
    }
}

extension AttributeMapping {
    fileprivate init(_ column: TypedColumn) {
        let kind: Kind =
            switch column.type {
            case .bool: .boolean
            case .int2, .int4, .int8, .float4, .float8, .numeric: .number
            case .json, .jsonb: .json
            default: .text
            }
        self.init(name: column.name, column: column.name, kind: kind)
    }
}
