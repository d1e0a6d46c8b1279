import Postgres
import SQLCatalog

/// What can be done about an alert without asking.
///
/// Each can be rehearsed: it then checks what it would do, changes nothing, and says what it would have done.
enum ResponseAction: String {
    case holdPublication = "hold_publication"
    case rollBack = "roll_back"
    case fallBack = "fall_back"
    case switchSourceOff = "switch_source_off"
    case retrain

    /// What an action is done to, and why.
    struct Order {
        var responseID: Int64
        /// Subject of the alert, or what the settings name instead.
        var target: String
        /// For a roll-back: the model to go to; nil for the champion before.
        var modelID: Int64?
        /// For the ledgers that the action writes.
        var reason: String
        /// Checksum of the current publication; nil where there is none.
        var checksum: String?
    }

    /// What was done, or would have been.
    struct Outcome {
        var text: String
        /// Checksum of the publication that is current after it.
        var checksum: String?
    }

    /// Does it, or says what it would do.
    ///
    /// - Throws: ``PipelineError`` when it cannot be done to this target; nothing has changed then.
    func run(
        _ order: Order, rehearsing: Bool, _ connection: Connection, _ catalog: SQLCatalog
    ) throws -> Outcome {
        let desk = ResponseDesk(connection: connection, catalog: catalog)
        switch self {
        case .holdPublication:
            if !rehearsing { try desk.hold(.publication, "all", order) }
            return Outcome(
                text: "what is published now stays until the hold is released",
                checksum: order.checksum)
        case .fallBack:
            try desk.requireCohort(order.target)
            if !rehearsing { try desk.hold(.cohort, order.target, order) }
            return Outcome(
                text: "users of the cohort \(order.target) fall back on what is popular, from the "
                    + "next run's lists on", checksum: order.checksum)
        case .switchSourceOff:
            try desk.requireSource(order.target)
            if !rehearsing { try desk.switchSource(order.target, on: false) }
            return Outcome(
                text: "the source \(order.target) is no longer asked, from the next run on",
                checksum: order.checksum)
        case .retrain:
            if !rehearsing { try desk.requestRetraining(order) }
            return Outcome(
                text: "the next run that trains begins afresh", checksum: order.checksum)
        case .rollBack:
            let registry = ModelRegistry(connection: connection, catalog: catalog)
            let generation =
                rehearsing
                ? try registry.generationBefore(order.modelID)
                : try registry.rollBackGeneration(to: order.modelID, reason: order.reason)
            return Outcome(
                text: "model \(generation.modelID) is champion and publication "
                    + "\(generation.publicationID) of \(generation.asOfDate) is current",
                checksum: generation.checksum)
        }
    }

    /// Takes back what was done.
    ///
    /// - Throws: ``PipelineError`` for a roll-back, which is a decision of its own to take back.
    func revert(
        _ order: Order, author: String, reason: String, _ connection: Connection,
        _ catalog: SQLCatalog
    ) throws {
        let desk = ResponseDesk(connection: connection, catalog: catalog)
        switch self {
        case .holdPublication, .fallBack:
            try desk.release(order.responseID, author: author, reason: reason)
        case .switchSourceOff: try desk.switchSource(order.target, on: true)
        case .retrain: try desk.withdrawRetraining(order.responseID)
        case .rollBack:
            throw PipelineError(
                "a roll-back is not taken back by itself",
                hint: "Promote the model that is to serve: vitrine promote.")
        }
    }
}

/// The rows that actions write and check.
private struct ResponseDesk {
    let connection: Connection
    let catalog: SQLCatalog

    func hold(_ kind: Holds.Kind, _ subject: String, _ order: ResponseAction.Order) throws {
        let placed = try connection.first(
            try query(
                "respond/place_hold",
                [
                    "kind": Bind(kind.rawValue), "subject": Bind(subject),
                    "response_id": Bind(order.responseID), "reason": Bind(order.reason),
                ]), as: Int64.self)
        guard placed != nil else {
            throw PipelineError(
                "response \(order.responseID) holds the \(kind.rawValue) already: see ops.holds")
        }
    }

    func release(_ responseID: Int64, author: String, reason: String) throws {
        try connection.execute(
            try query(
                "respond/release_hold",
                [
                    "response_id": Bind(responseID), "author": Bind(author),
                    "reason": Bind(reason),
                ]))
    }

    func requireCohort(_ name: String) throws {
        let cohorts = try connection.query(try query("respond/cohorts"), as: String.self)
        guard cohorts.contains(name) else {
            throw PipelineError(
                "the alert is of no activity cohort",
                hint: "Cohorts of the newest snapshots are \(cohorts.joined(separator: ", ")).")
        }
    }

    /// - Throws: ``PipelineError`` where the source is none that is asked, or the last, or the two-tower.
    func requireSource(_ name: String) throws {
        let source = try connection.first(
            try query("respond/source", ["source_name": Bind(name)]), as: (Bool, Int64).self)
        guard let (isEnabled, others) = source, isEnabled else {
            throw PipelineError("the alert is of no source that is asked")
        }
        guard name != "two_tower", others > 0 else {
            throw PipelineError("what the lists rest on is not switched off without asking")
        }
    }

    func switchSource(_ name: String, on isEnabled: Bool) throws {
        try connection.execute(
            try query(
                "respond/switch_source",
                ["source_name": Bind(name), "is_enabled": Bind(isEnabled)]))
    }

    func requestRetraining(_ order: ResponseAction.Order) throws {
        let request = try connection.first(
            try query(
                "respond/request_retraining",
                ["response_id": Bind(order.responseID), "reason": Bind(order.reason)]),
            as: Int64.self)
        guard request != nil else {
            throw PipelineError("a request to train afresh waits already")
        }
    }

    func withdrawRetraining(_ responseID: Int64) throws {
        try connection.execute(
            try query("respond/withdraw_retraining", ["response_id": Bind(responseID)]))
    }

    private func query(_ script: String, _ arguments: [String: Bind] = [:]) throws -> Query {
        try catalog.script(script).query(arguments)
    }
}
