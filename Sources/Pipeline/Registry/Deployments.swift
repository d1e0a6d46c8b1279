import Postgres
import SQLCatalog

/// The ledger `model.deployments`: who is champion, and every change of it.
struct Deployments {
    let connection: Connection
    let catalog: SQLCatalog

    /// Who changes the champion.
    enum Author {
        /// A run whose model has passed the gate.
        case run(Int64)
        /// A person, by `vitrine promote`.
        case promotion
        /// A person, by `vitrine rollback`.
        case rollback

        fileprivate var kind: String {
            switch self {
            case .run: "gate"
            case .promotion: "promote"
            case .rollback: "rollback"
            }
        }

        fileprivate var runID: Int64 {
            if case .run(let runID) = self { runID } else { -1 }
        }
    }

    /// The serving model that is champion; nil when there is none yet.
    func champion() throws -> Int64? {
        try connection.first(try query("promote/champion"), as: Int64.self)
    }

    /// The champion that a roll-back goes to, the one that the present one replaced when it was
    /// promoted; nil when that was the first.
    func championBefore() throws -> Int64? {
        try connection.first(try query("rollback/champion_before"), as: Int64.self)
    }

    /// Keeps everybody else from changing the champion until the transaction that is open ends.
    func lock() throws {
        try connection.execute(try query("promote/lock_deployments"))
    }

    /// Makes a model champion.
    ///
    /// - Precondition: ``lock()`` was called in the transaction that is open.
    func deploy(_ modelID: Int64, by author: Author, reason: String) throws {
        _ = try connection.value(
            try query(
                "promote/deploy",
                [
                    "model_id": Bind(modelID), "kind": Bind(author.kind),
                    "run_id": Bind(author.runID), "reason": Bind(reason),
                ]), as: Int64.self)
    }

    private func query(_ script: String, _ arguments: [String: Bind] = [:]) throws -> Query {
        try catalog.script(script).query(arguments)
    }
}
