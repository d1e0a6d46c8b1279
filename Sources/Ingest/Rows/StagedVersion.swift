/// Since when a version is known, as far as the input says.
struct KnownMoment: Hashable, Sendable {
    /// Microseconds since 1970-01-01 00:00 UTC.
    var moment: Int64
    /// Whether a column says it of each row, so that an older moment means an older state. The
    /// creation, or one moment for the whole file, says nothing of which state is the newer one.
    var isOwn: Bool
}

/// One row on its way into `source.user_versions`.
struct StagedUser: Hashable, Sendable {
    var line: Int64
    var userID: Int64
    var knownAt: KnownMoment?
    /// Microseconds since 1970-01-01 00:00 UTC.
    var createdAt: Int64?
    /// A JSON object.
    var attributes: String
    var rawText: String
}

/// One row on its way into `source.item_versions`.
struct StagedItem: Hashable, Sendable {
    var line: Int64
    var itemID: Int64
    var knownAt: KnownMoment?
    var creatorID: Int64?
    var kind: String
    /// Microseconds since 1970-01-01 00:00 UTC.
    var createdAt: Int64?
    var isAvailable: Bool
    var caption: String?
    var language: String?
    var tags: [String]
    var attributes: String
    var rawText: String
}
