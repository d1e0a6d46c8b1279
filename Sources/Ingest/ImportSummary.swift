/// What an import did.
public struct ImportSummary: Hashable, Sendable {
    /// `source.imports.import_id`.
    public var importID: Int64
    public var target: ImportTarget
    /// Records read, the header not counted.
    public var readCount = 0
    /// Records refused, by reason; each record has one.
    public var rejectedByReason: [RejectReason: Int] = [:]
    /// Records that were in order and stood for nothing, such as a row of zeros where only ones are
    /// events.
    public var emptyCount = 0
    /// Rows added to the target. A row of users or items adds two where it says another past than
    /// what is stored, and another present.
    public var loadedCount = 0
    /// Rows that were there already, or stood more than once in the input.
    public var duplicateCount = 0
    /// Users and items that were added because interactions name them, where the mapping says so.
    public var addedUserCount = 0
    public var addedItemCount = 0
    public var seconds = 0.0

    public var rejectedCount: Int { rejectedByReason.values.reduce(0, +) }
}

/// How far an import has come.
public struct ImportProgress: Hashable, Sendable {
    public var readCount: Int
    public var rejectedCount: Int
    public var seconds: Double
    /// Share of the stored bytes that have been read, 0 to 1; nil where their number is not known.
    public var fraction: Double?

    public var recordsPerSecond: Double { seconds > 0 ? Double(readCount) / seconds : 0 }

    /// Seconds until everything is read, if it goes on like this.
    public var secondsLeft: Double? {
        fraction.flatMap { $0 > 0 ? seconds * (1 - $0) / $0 : nil }
    }
}
