public import Postgres
public import SQLCatalog

/// The life of alerts: rules open and resolve them, people acknowledge, resolve and silence them.
///
/// Every change is an event that receivers are told of through the outbox, written in the transaction of
/// the change.
public struct AlertBook {
    let connection: Connection
    let catalog: SQLCatalog

    /// - Parameter connection: With the role `vitrine_job`.
    public init(connection: Connection, catalog: SQLCatalog) {
        self.connection = connection
        self.catalog = catalog
    }

    /// What a look at the rules has changed.
    public struct Changes: Sendable, Equatable {
        public var opened = 0
        public var resolved = 0
        /// Changes that receivers are to be told of, silenced ones that waited included.
        public var told = 0

        static func += (sum: inout Changes, other: Changes) {
            sum.opened += other.opened
            sum.resolved += other.resolved
            sum.told += other.told
        }
    }

    /// Reads every rule once: opens alerts, carries on what is open, resolves what is well again.
    ///
    /// - Parameters:
    ///   - runID: The run whose measures are read; nil for what no run can say.
    ///   - date: The date of the run; the UTC date where there is none.
    public func judge(runID: Int64?, asOf date: PostgresDate) throws -> Changes {
        try connection.withTransaction {
            try connection.execute(try query("respond/lock"))
            let arguments = ["run_id": Bind(runID ?? -1), "as_of_date": Bind(date)]
            try connection.execute(try query("respond/carry_alerts_on", arguments))
            let resolved = try connection.execute(try query("respond/resolve_alerts", arguments))
            let opened = try connection.execute(try query("respond/open_alerts", arguments))
            return Changes(opened: opened, resolved: resolved, told: try tell())
        }
    }

    /// Marks an open alert as taken.
    ///
    /// - Throws: ``PipelineError`` when there is none, or it is not open.
    public func acknowledge(_ alertID: Int64, by author: String, reason: String) throws {
        try change(alertID, by: author, reason: reason, "alerts/acknowledge")
    }

    /// Resolves an alert by hand.
    ///
    /// - Throws: ``PipelineError`` when there is none, or it is over already.
    public func resolve(
        _ alertID: Int64, by author: String, reason: String, on date: PostgresDate
    ) throws {
        try change(
            alertID, by: author, reason: reason, "alerts/resolve", ["as_of_date": Bind(date)])
    }

    /// Silences alerts from now on.
    ///
    /// - Parameters:
    ///   - rule: nil for every rule.
    ///   - subjects: A pattern of `like`.
    /// - Returns: The silence, and until when it lasts.
    /// - Throws: ``PipelineError`` when there is no such rule.
    public func silence(
        rule: String?, subjects: String, hours: Double, by author: String, reason: String
    ) throws -> (id: Int64, until: Timestamp) {
        try require(author, reason)
        if let rule {
            let isThere = try connection.value(
                try query("alerts/rule_exists", ["rule_name": Bind(rule)]), as: Bool.self)
            guard isThere else {
                throw PipelineError(
                    "there is no rule of this name",
                    hint: "select rule_name from monitor.alert_rules lists them.")
            }
        }
        let rows = try connection.query(
            try query(
                "alerts/silence",
                [
                    "rule_name": Bind(rule ?? ""), "subject_pattern": Bind(subjects),
                    "hours": Bind(hours), "author": Bind(author), "reason": Bind(reason),
                ]), as: (Int64, Timestamp).self)
        return (id: rows[0].0, until: rows[0].1)
    }

    private func change(
        _ alertID: Int64, by author: String, reason: String, _ script: String,
        _ arguments: [String: Bind] = [:]
    ) throws {
        try require(author, reason)
        try connection.withTransaction {
            try connection.execute(try query("respond/lock"))
            let own = [
                "alert_id": Bind(alertID), "author": Bind(author), "reason": Bind(reason),
            ]
            let changed = try connection.first(
                try query(script, own.merging(arguments) { $1 }), as: Int64.self)
            guard changed != nil else {
                let state = try connection.first(
                    try query("alerts/state", ["alert_id": Bind(alertID)]), as: String.self)
                throw PipelineError(
                    state.map { "alert \(alertID) is \($0) already" }
                        ?? "there is no alert \(alertID)",
                    hint: "vitrine alerts --all lists those there are.")
            }
            _ = try tell()
        }
    }

    private func require(_ author: String, _ reason: String) throws {
        guard !author.allSatisfy(\.isWhitespace), !reason.allSatisfy(\.isWhitespace) else {
            throw PipelineError(
                "the author or the reason is empty",
                hint: "Say who and why, for those who ask later.")
        }
    }

    /// Tells of changes that wait: by NOTIFY now, by the outbox soon.
    private func tell() throws -> Int {
        try connection.execute(try query("respond/withhold_events"))
        return try connection.query(try query("respond/queue_deliveries")).count
    }

    private func query(_ script: String, _ arguments: [String: Bind] = [:]) throws -> Query {
        try catalog.script(script).query(arguments)
    }
}
