/// One row on its way into `source.user_versions`.
struct StagedUser: Hashable, Sendable {
    var line: Int64
    var userID: Int64
    /// Microseconds since 1970-01-01 00:00 UTC, here and below.
    var knownAt: Int64
    var createdAt: Int64?
    /// A JSON object.
    var attributes: String
    var rawText: String
}

/// One row on its way into `source.item_versions`.
struct StagedItem: Hashable, Sendable {
    var line: Int64
    var itemID: Int64
    var knownAt: Int64
    var creatorID: Int64?
    var kind: String
    var createdAt: Int64?
    var isAvailable: Bool
    var caption: String?
    var language: String?
    var tags: [String]
    var attributes: String
    var rawText: String
}
