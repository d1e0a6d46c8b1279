import Foundation
public import Postgres
public import SQLCatalog

/// Delivers what receivers are to be told of alerts: at least once, in the order in which it happened.
///
/// A delivery is sent and recorded in one transaction that keeps its row from other workers. A worker that
/// dies in between leaves the row as it was, so that it is sent again, with the same key.
public struct Outbox {
    let connection: Connection
    let catalog: SQLCatalog
    private let environment: [String: String]

    /// - Parameters:
    ///   - connection: With the role `vitrine_job`.
    ///   - environment: Where the URLs of receivers stand, by the names in `monitor.receivers`.
    public init(
        connection: Connection, catalog: SQLCatalog,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.connection = connection
        self.catalog = catalog
        self.environment = environment
    }

    /// What became of the deliveries that were due.
    public struct Report: Sendable, Equatable {
        public var delivered = 0
        public var failed = 0
    }

    /// Sends everything that is due now, once.
    public func deliver() throws -> Report {
        var report = Report()
        // Each attempt puts the next one off, so that this ends.
        while let isDelivered = try deliverNext() {
            if isDelivered { report.delivered += 1 } else { report.failed += 1 }
        }
        return report
    }

    /// - Returns: Whether the delivery that was due first was accepted; nil when none was due.
    private func deliverNext() throws -> Bool? {
        try connection.withTransaction { () throws -> Bool? in
            let row = try connection.first(
                try catalog.script("respond/next_delivery").query(),
                as: (Int64, String, String, Int32, String, JSONB).self)
            guard let (id, kind, variable, timeout, key, document) = row else { return nil }
            let message = send(
                kind: kind, variable: variable, timeout: Int(timeout), key: key, document.text)
            try connection.run(
                try catalog.script("respond/record_delivery"),
                ["delivery_id": Bind(id), "error_message": Bind(message ?? "")])
            return message == nil
        }
    }

    /// - Returns: nil where the receiver accepted it; else why not, without the URL.
    private func send(
        kind: String, variable: String, timeout: Int, key: String, _ document: String
    ) -> String? {
        guard let text = environment[variable], !text.isEmpty else {
            return "the environment variable \(variable) is not set"
        }
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil
        else { return "the environment variable \(variable) holds no URL of HTTP" }
        guard let receiver = ReceiverKind(rawValue: kind), let body = try? receiver.body(document)
        else { return "the document could not be written for a receiver of kind \(kind)" }
        return HTTPPost(url: url, body: body, key: key, timeoutSeconds: timeout).send()
    }
}
