import Postgres

extension PlantedWorld {
    /// Writes everything into the tables of `source`.
    func write(to connection: Connection) throws {
        try writeUsers(to: connection)
        try writeItems(to: connection)
        try write(events(), to: connection)
        try connection.script("analyze source.interactions")
    }

    private func writeUsers(to connection: Connection) throws {
        try connection.copyIn(
            into: "source.user_versions",
            columns: ["user_id", "known_at", "attributes", "content_hash", "import_id"]
        ) { writer in
            for user in 0..<userCount {
                let device = user.isMultiple(of: 3) ? "phone" : "tablet"
                let attributes = user.isMultiple(of: 10) ? "{}" : #"{"device": "\#(device)"}"#
                try writer.row { row in
                    row.append(userID(user))
                    row.append(Timestamp(secondsSinceEpoch: seconds(day: -30)))
                    row.append(JSONB(attributes))
                    row.append(Int64(user))
                    row.append(Int64(1))
                }
            }
        }
    }

    private func writeItems(to connection: Connection) throws {
        try connection.copyIn(
            into: "source.item_versions",
            columns: [
                "item_id", "known_at", "creator_id", "kind", "created_at", "is_available", "tags",
                "attributes", "content_hash", "import_id",
            ]
        ) { writer in
            func append(_ item: Int, knownDay: Int, isAvailable: Bool) throws {
                let published = seconds(day: publishedDay(ofItem: item))
                try writer.row { row in
                    row.append(itemID(item))
                    row.append(Timestamp(secondsSinceEpoch: seconds(day: knownDay)))
                    row.append(Int64(100 + group(item) * 2 + item / groupCount % 2))
                    row.append("video")
                    row.append(Timestamp(secondsSinceEpoch: published))
                    row.append(isAvailable)
                    row.append(["topic \(group(item))", "all"])
                    row.append(JSONB("{}"))
                    row.append(Int64(item))
                    row.append(Int64(1))
                }
            }
            for item in 0..<itemCount {
                try append(item, knownDay: publishedDay(ofItem: item), isAvailable: true)
                if removesItem, itemID(item) == Self.removedItem {
                    try append(item, knownDay: 17, isAvailable: false)
                }
            }
        }
    }

    /// Writes events that became known a minute after they happened.
    func write(_ events: [Event], to connection: Connection) throws {
        guard let first = events.map(\.occurredAt).min(), let last = events.map(\.occurredAt).max()
        else { return }
        let (from, until) = (
            Timestamp(secondsSinceEpoch: first), Timestamp(secondsSinceEpoch: last)
        )
        try connection.execute("select source.ensure_interaction_partitions(\(from), \(until))")
        try connection.copyIn(
            into: "source.interactions",
            columns: [
                "user_id", "item_id", "action_id", "occurred_at", "event_key", "known_at",
                "import_id",
            ]
        ) { writer in
            for (number, event) in events.enumerated() {
                try writer.row { row in
                    row.append(event.user)
                    row.append(event.item)
                    row.append(event.action)
                    row.append(Timestamp(secondsSinceEpoch: event.occurredAt))
                    row.append(Int64(number))
                    row.append(Timestamp(secondsSinceEpoch: event.occurredAt + 60))
                    row.append(Int64(1))
                }
            }
        }
    }
}
