/// One event on its way into `source.interactions`.
struct StagedInteraction: Hashable, Sendable {
    var line: Int64
    var userID: Int64
    var itemID: Int64
    var actionID: Int16
    /// Microseconds since 1970-01-01 00:00 UTC, here and below.
    var occurredAt: Int64
    var value: Float?
    var surface: String?
    var position: Int16?
    var requestID: Int64?
    var knownAt: Int64
    /// The record, kept with the first of its events where it may still be refused.
    var rawText: String?

    /// What tells this event from others alike in user, item, action and moment.
    var eventKey: Int64 {
        var hash = ContentHash()
        hash.combine(value)
        hash.combine(surface)
        hash.combine(position.map(Int64.init))
        hash.combine(requestID)
        return hash.value
    }
}
