public import Postgres
public import SQLCatalog

/// Models that can serve or could, and which of them is champion: what people see and decide.
///
/// A run trains a pair, a serving model and an evaluation model that measures it; both go by the
/// identifier of the serving model.
public struct ModelRegistry {
    let connection: Connection
    let catalog: SQLCatalog

    /// - Parameter connection: With the role `vitrine_job`.
    public init(connection: Connection, catalog: SQLCatalog) {
        self.connection = connection
        self.catalog = catalog
    }

    /// A change of the champion.
    public struct Change: Sendable, Equatable {
        public var modelID: Int64
        /// The champion before; nil when there was none.
        public var replacedModelID: Int64?
    }

    /// Makes a model champion, from the next run's embed step on.
    ///
    /// - Throws: ``PipelineError`` when it cannot serve, or is champion already.
    public func promote(_ modelID: Int64, reason: String) throws -> Change {
        try change(by: .promotion, reason: reason) { _ in modelID }
    }

    /// Makes an earlier model champion again, from the next run's embed step on.
    ///
    /// - Parameter modelID: Which; nil for the one that the present champion replaced when it was
    ///   promoted, so that every further call goes back by one more.
    /// - Throws: ``PipelineError`` when there is none before, or it cannot serve any more.
    public func rollBack(to modelID: Int64? = nil, reason: String) throws -> Change {
        try change(by: .rollback, reason: reason) { deployments in
            if let modelID { return modelID }
            guard try deployments.champion() != nil else {
                throw PipelineError("there is no champion yet")
            }
            guard let before = try deployments.championBefore() else {
                throw PipelineError(
                    "the champion is the first there was",
                    hint: "Name a model: vitrine rollback --to. vitrine models lists them.")
            }
            return before
        }
    }

    private func change(
        by author: Deployments.Author, reason: String,
        to model: (Deployments) throws -> Int64
    ) throws -> Change {
        guard !reason.allSatisfy(\.isWhitespace) else {
            throw PipelineError("the reason is empty", hint: "Say why, for those who ask later.")
        }
        let deployments = Deployments(connection: connection, catalog: catalog)
        return try connection.withTransaction {
            try deployments.lock()
            let champion = try deployments.champion()
            let modelID = try model(deployments)
            try requireServing(modelID)
            guard modelID != champion else {
                throw PipelineError("model \(modelID) is champion already")
            }
            try deployments.deploy(modelID, by: author, reason: reason)
            return Change(modelID: modelID, replacedModelID: champion)
        }
    }

    /// - Throws: ``PipelineError`` unless the model is one that serves and its bytes are there.
    private func requireServing(_ modelID: Int64) throws {
        let model = try details(of: modelID)
        guard model.kind == "two_tower", model.purpose == "serving" else {
            throw PipelineError(
                "model \(modelID) is no serving model",
                hint: model.servingID.map { "The serving model of its run is model \($0)." }
                    ?? "vitrine models lists those that are.")
        }
        guard model.hasArtefact else {
            throw PipelineError(
                "the bytes of model \(modelID) are no longer kept",
                hint: "vitrine models lists what can serve; keep_publications of the job's step "
                    + "publish says how long bytes are kept.")
        }
    }

    /// What `sql/promote/model.sql` says of a model.
    struct Details {
        var kind: String
        var purpose: String
        var asOfDate: PostgresDate
        var profileAttributes: [String]
        var hasArtefact: Bool
        /// Two-towers of the same run.
        var servingID: Int64?
        var evaluationID: Int64?
    }

    func details(of modelID: Int64) throws -> Details {
        let row = try connection.first(
            try catalog.script("promote/model").query(["model_id": Bind(modelID)]),
            as: (String, String, PostgresDate, [String], Bool, Int64?, Int64?).self)
        guard let row else {
            throw PipelineError(
                "there is no model \(modelID)", hint: "vitrine models lists those there are.")
        }
        return Details(
            kind: row.0, purpose: row.1, asOfDate: row.2, profileAttributes: row.3,
            hasArtefact: row.4, servingID: row.5, evaluationID: row.6)
    }
}
