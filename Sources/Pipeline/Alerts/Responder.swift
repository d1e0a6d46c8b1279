public import Postgres
public import SQLCatalog

/// What is done about alerts without asking: rows of `monitor.responses`, from proposal to reversal.
///
/// A response is decided, done and recorded in one transaction: killed anywhere, it is either still
/// proposed or done once.
public struct Responder {
    let connection: Connection
    let catalog: SQLCatalog

    /// - Parameter connection: With the role `vitrine_job`.
    public init(connection: Connection, catalog: SQLCatalog) {
        self.connection = connection
        self.catalog = catalog
    }

    /// How many responses entered which state.
    public struct Changes: Sendable, Equatable {
        public var executed = 0
        public var rehearsed = 0
        public var refused = 0
        public var failed = 0
        public var reverted = 0
    }

    /// Proposes what the rules of open alerts name, decides on all that is proposed, and takes back what
    /// was done about alerts that are over, where the settings say so.
    ///
    /// - Parameters:
    ///   - runID: The run that judged; nil where there is none.
    ///   - date: Its date; the UTC date where there is none.
    ///   - said: Told what was done and why not, in a line each.
    public func respond(
        runID: Int64?, asOf date: PostgresDate, said: (String) -> Void = { _ in }
    ) throws -> Changes {
        try connection.withTransaction {
            try lock()
            try connection.run(
                try catalog.script("respond/propose_responses"),
                ["run_id": Bind(runID ?? -1), "as_of_date": Bind(date)])
        }
        var changes = Changes()
        // First, so that what is over does not stand in the way of what is not.
        for id in try connection.query(try query("respond/responses_to_revert"), as: Int64.self) {
            guard try takeBack(id, by: "vitrine", reason: "the alert is resolved") == nil else {
                continue
            }
            said("response \(id) is reverted: the alert is resolved")
            changes.reverted += 1
        }
        for id in try connection.query(try query("respond/proposed_responses"), as: Int64.self) {
            try decide(id, &changes, said)
        }
        return changes
    }

    /// Takes back what was done.
    ///
    /// - Throws: ``PipelineError`` when there is no such response, or nothing of it to take back.
    public func revert(_ responseID: Int64, by author: String, reason: String) throws {
        guard !author.allSatisfy(\.isWhitespace), !reason.allSatisfy(\.isWhitespace) else {
            throw PipelineError(
                "the author or the reason is empty",
                hint: "Say who and why, for those who ask later.")
        }
        if let state = try takeBack(responseID, by: author, reason: reason) {
            throw PipelineError("response \(responseID) is \(state), not executed")
        }
    }

    /// Takes back what was done, if it was done.
    ///
    /// - Returns: The state of a response that is not executed, or no longer; nil when it is taken back.
    /// - Throws: ``PipelineError`` when there is no such response, or nothing of it to take back.
    private func takeBack(_ responseID: Int64, by author: String, reason: String) throws -> String?
    {
        try connection.withTransaction {
            try lock()
            guard let response = try load(responseID) else {
                throw PipelineError(
                    "there is no response \(responseID)",
                    hint: "select * from monitor.response_history lists them.")
            }
            guard response.state == "executed" else { return response.state }
            try response.action.revert(
                response.order, author: author, reason: reason, connection, catalog)
            try connection.run(
                try catalog.script("respond/record_reversal"),
                [
                    "response_id": Bind(responseID), "author": Bind(author),
                    "reason": Bind(reason),
                ])
            return nil
        }
    }

    private func decide(
        _ responseID: Int64, _ changes: inout Changes, _ said: (String) -> Void
    ) throws {
        do {
            let entry = try connection.withTransaction { () throws -> Entry? in
                try lock()
                // Somebody else may have decided on it meanwhile.
                guard let response = try load(responseID), response.state == "proposed" else {
                    return nil
                }
                let entry = try carryOut(response)
                try record(responseID, entry)
                return entry
            }
            guard let entry else { return }
            switch entry.state {
            case "executed": changes.executed += 1
            case "dry_run": changes.rehearsed += 1
            default: changes.refused += 1
            }
            said("response \(responseID) is \(entry.state): \(entry.outcome)")
        } catch let error as PostgresError where !error.passesByItself {
            // What the action did is undone; that it was tried is on record.
            let entry = Entry(state: "failed", outcome: "\(error.message)")
            try connection.withTransaction {
                try lock()
                try record(responseID, entry)
            }
            said("response \(responseID) is failed: \(entry.outcome)")
            changes.failed += 1
        }
    }

    /// How a response ended.
    private struct Entry {
        var state: String
        var outcome: String
        var before: String?
        var after: String?
    }

    private func carryOut(_ response: Response) throws -> Entry {
        let decision = ResponseDecision.decide(response.facts)
        if case .refuse(let reason) = decision {
            return Entry(
                state: "refused", outcome: reason, before: response.order.checksum,
                after: response.order.checksum)
        }
        do {
            // A savepoint: what is refused half way leaves nothing.
            let outcome = try connection.withTransaction {
                try response.action.run(
                    response.order, rehearsing: decision == .rehearse, connection, catalog)
            }
            return Entry(
                state: decision == .rehearse ? "dry_run" : "executed", outcome: outcome.text,
                before: response.order.checksum, after: outcome.checksum)
        } catch let error as PipelineError {
            return Entry(
                state: "refused", outcome: error.message, before: response.order.checksum,
                after: response.order.checksum)
        }
    }

    private func record(_ responseID: Int64, _ entry: Entry) throws {
        try connection.run(
            try catalog.script("respond/record_response"),
            [
                "response_id": Bind(responseID), "state": Bind(entry.state),
                "outcome": Bind(entry.outcome), "before_checksum": Bind(entry.before ?? ""),
                "after_checksum": Bind(entry.after ?? ""),
            ])
    }

    /// A row of `monitor.responses`, with what decides on it.
    private struct Response {
        var state: String
        var action: ResponseAction
        var order: ResponseAction.Order
        var facts: ResponseDecision.Facts
    }

    private func load(_ responseID: Int64) throws -> Response? {
        let row = try connection.first(
            try query("respond/response", ["response_id": Bind(responseID)]),
            as: (
                String, String, String, Int64?, String, Int64, Bool, PostgresDate, Bool, Bool, Bool,
                Int32, Int32, PostgresDate?, Int64, String?
            ).self)
        guard let row else { return nil }
        guard let action = ResponseAction(rawValue: row.1) else {
            throw PipelineError("response \(responseID) is of an unknown action")
        }
        return Response(
            state: row.0, action: action,
            order: ResponseAction.Order(
                responseID: responseID, target: row.2, modelID: row.3,
                reason: "response \(responseID) to alert \(row.5), \(row.4)", checksum: row.15),
            facts: ResponseDecision.Facts(
                isSwitchedOn: row.8, isEnabled: row.9, isDryRun: row.10, isResolved: row.6,
                date: row.7, lastExecutedOn: row.13, coolDownDays: Int(row.11),
                dateCount: Int(row.14), dailyLimit: Int(row.12)))
    }

    private func lock() throws {
        try connection.execute(try query("respond/lock"))
    }

    private func query(_ script: String, _ arguments: [String: Bind] = [:]) throws -> Query {
        try catalog.script(script).query(arguments)
    }
}
