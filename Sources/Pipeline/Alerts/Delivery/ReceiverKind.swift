import Foundation

/// What a receiver understands: how a change of an alert becomes the body of a POST.
enum ReceiverKind: String {
    /// Prometheus Alertmanager, `POST /api/v2/alerts` (its OpenAPI, `postableAlerts`).
    case alertmanager
    /// An incoming webhook of Slack (api.slack.com/messaging/webhooks).
    case slack
    /// The document itself.
    case webhook

    /// The body, as JSON in UTF-8 with sorted keys.
    ///
    /// - Parameter document: The text of `monitor.alert_document`.
    func body(_ document: String) throws -> Data {
        switch self {
        case .alertmanager: try Self.encode([AlertmanagerAlert(try Self.decode(document))])
        case .slack: try Self.encode(SlackMessage(try Self.decode(document)))
        case .webhook: Data(document.utf8)
        }
    }

    private static func decode(_ document: String) throws -> AlertDocument {
        try JSONDecoder().decode(AlertDocument.self, from: Data(document.utf8))
    }

    private static func encode(_ body: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(body)
    }
}

/// One of `postableAlerts`: the labels are the same for opened and resolved, since they are its identity.
private struct AlertmanagerAlert: Encodable {
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String

    init(_ document: AlertDocument) {
        labels = [
            "alertname": document.rule, "severity": document.severity, "job": document.job,
            "subject": document.subject, "alert_id": "\(document.alertID)", "source": "vitrine",
        ]
        // Of the rule as it is now, which may change while the alert is open.
        annotations = [
            "summary": document.summary, "delivery_key": document.key,
            "measure": document.measure, "owner": document.owner,
        ]
        annotations["run_book"] = document.runBook
        (startsAt, endsAt) = (document.openedAt, document.endsAt)
    }
}

/// A text for notifications, and blocks that are shown.
private struct SlackMessage: Encodable {
    struct Text: Encodable {
        var type = "mrkdwn"
        var text: String
    }

    struct Block: Encodable {
        var type: String
        var text: Text?
        var elements: [Text]?
    }

    var text: String
    var blocks: [Block]

    init(_ document: AlertDocument) {
        let title = "*\(document.severity)* " + Self.escaped(document.summary)
        let advice =
            document.event == "opened" ? document.runBook.map { "\n" + Self.escaped($0) } : nil
        text = Self.escaped("\(document.severity): \(document.summary)")
        blocks = [
            // A section holds 3000 characters.
            Block(
                type: "section", text: Text(text: String((title + (advice ?? "")).prefix(2_900)))),
            Block(
                type: "context",
                elements: [Text(text: Self.escaped("\(document.owner), \(document.key)"))]),
        ]
    }

    /// The three characters that Slack reads as its own.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
