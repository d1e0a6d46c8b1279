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

    var contentHash: Int64 {
        var hash = ContentHash()
        hash.combine(createdAt)
        hash.combine(attributes)
        return hash.value
    }
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

    var contentHash: Int64 {
        var hash = ContentHash()
        hash.combine(creatorID)
        hash.combine(kind)
        hash.combine(createdAt)
        hash.combine(isAvailable ? 1 : 0 as Int64?)
        hash.combine(caption)
        hash.combine(language)
        hash.combine(Int64(tags.count))
        for tag in tags { hash.combine(tag) }
        hash.combine(attributes)
        return hash.value
    }
}
