internal import DelimitedText
internal import Postgres

/// Rows that have been read and wait to be copied into the temporary tables.
struct Stage {
    enum Mapper {
        case users(UserMapper)
        case items(ItemMapper)
        case interactions(InteractionMapper)
    }

    /// Set when the header of a file has been read.
    var mapper: Mapper?
    var fileNumber: Int16 = 0
    private var users: [StagedUser] = []
    private var items: [StagedItem] = []
    private var interactions: [StagedInteraction] = []
    /// Bytes of records since the last copy.
    private var byteCount = 0
    private(set) var stagedCount = 0

    private static let maximumRows = 32_768
    private static let maximumBytes = 8 << 20

    var isFull: Bool {
        byteCount >= Self.maximumBytes
            || users.count + items.count + interactions.count >= Self.maximumRows
    }

    /// Takes a record in.
    ///
    /// - Parameter number: The place of the record in the input, from 0, over all files.
    /// - Returns: The number of rows that it gave.
    mutating func append(_ record: Record, number: Int) throws(RowFault) -> Int {
        byteCount += record.raw.count
        switch mapper {
        case .users(let mapper):
            users.append(try mapper.user(record))
            return 1
        case .items(let mapper):
            items.append(try mapper.item(record))
            return 1
        case .interactions(let mapper):
            return try mapper.append(record, number: number, to: &interactions)
        case nil:
            preconditionFailure("a record came before the header was bound")
        }
    }

    /// Copies what has been taken in.
    mutating func flush(_ connection: Connection) throws {
        if !users.isEmpty { try copyUsers(connection) }
        if !items.isEmpty { try copyItems(connection) }
        if !interactions.isEmpty { try copyInteractions(connection) }
        stagedCount += users.count + items.count + interactions.count
        users.removeAll(keepingCapacity: true)
        items.removeAll(keepingCapacity: true)
        interactions.removeAll(keepingCapacity: true)
        byteCount = 0
    }

    private func copyUsers(_ connection: Connection) throws {
        try connection.copyIn(
            into: "pg_temp.staged_users",
            columns: [
                "file_number", "line_number", "user_id", "known_at", "has_own_moment",
                "created_at", "attributes", "raw_text",
            ]
        ) { writer in
            for user in users {
                try writer.row { row in
                    row.append(fileNumber)
                    row.append(user.line)
                    row.append(user.userID)
                    row.append(user.knownAt.map { Timestamp(microsecondsSinceEpoch: $0.moment) })
                    row.append(user.knownAt?.isOwn ?? false)
                    row.append(user.createdAt.map(Timestamp.init(microsecondsSinceEpoch:)))
                    row.append(JSONB(user.attributes))
                    row.append(user.rawText)
                }
            }
        }
    }

    private func copyItems(_ connection: Connection) throws {
        try connection.copyIn(
            into: "pg_temp.staged_items",
            columns: [
                "file_number", "line_number", "item_id", "known_at", "has_own_moment",
                "creator_id", "kind", "created_at", "is_available", "caption", "language", "tags",
                "attributes", "raw_text",
            ]
        ) { writer in
            for item in items {
                try writer.row { row in
                    row.append(fileNumber)
                    row.append(item.line)
                    row.append(item.itemID)
                    row.append(item.knownAt.map { Timestamp(microsecondsSinceEpoch: $0.moment) })
                    row.append(item.knownAt?.isOwn ?? false)
                    row.append(item.creatorID)
                    row.append(item.kind)
                    row.append(item.createdAt.map(Timestamp.init(microsecondsSinceEpoch:)))
                    row.append(item.isAvailable)
                    row.append(item.caption)
                    row.append(item.language)
                    row.append(item.tags)
                    row.append(JSONB(item.attributes))
                    row.append(item.rawText)
                }
            }
        }
    }

    private func copyInteractions(_ connection: Connection) throws {
        try connection.copyIn(
            into: "pg_temp.staged_interactions",
            columns: [
                "file_number", "line_number", "user_id", "item_id", "action_id", "occurred_at",
                "event_key", "value", "surface", "position", "request_id", "known_at", "raw_text",
            ]
        ) { writer in
            for event in interactions {
                try writer.row { row in
                    row.append(fileNumber)
                    row.append(event.line)
                    row.append(event.userID)
                    row.append(event.itemID)
                    row.append(event.actionID)
                    row.append(Timestamp(microsecondsSinceEpoch: event.occurredAt))
                    row.append(event.eventKey)
                    row.append(event.value)
                    row.append(event.surface)
                    row.append(event.position)
                    row.append(event.requestID)
                    row.append(Timestamp(microsecondsSinceEpoch: event.knownAt))
                    row.append(event.rawText)
                }
            }
        }
    }
}
