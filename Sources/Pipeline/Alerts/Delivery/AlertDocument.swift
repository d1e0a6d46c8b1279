/// A change of an alert, as `monitor.alert_document` writes it.
struct AlertDocument: Codable, Equatable {
    /// The same however often the document is sent: receivers tell repetitions by it.
    var key: String
    /// opened, acknowledged or resolved.
    var event: String
    var alertID: Int64
    var rule: String
    var severity: String
    var job: String
    var subject: String
    var measure: String
    var comparison: String
    var threshold: Double
    var value: Double
    var peak: Double
    var owner: String
    /// nil where the document would have grown too long.
    var runBook: String?
    /// Who acknowledged or resolved it, and why.
    var author: String
    var reason: String
    var openedAt: String
    /// When it was resolved; while it is open, far ahead.
    var endsAt: String

    enum CodingKeys: String, CodingKey {
        case key, event, rule, severity, job, subject, measure, comparison, threshold, value, peak
        case owner, author, reason
        case alertID = "alert_id"
        case runBook = "run_book"
        case openedAt = "opened_at"
        case endsAt = "ends_at"
    }

    /// What happened, in a line.
    var summary: String {
        switch event {
        case "opened":
            "\(rule): \(measure) of \(subject) is \(value), \(comparison) \(threshold) (\(job))"
        case "acknowledged": "\(rule): acknowledged by \(author): \(reason)"
        default: "\(rule): resolved, \(measure) of \(subject) is \(value) (\(job))"
        }
    }
}
