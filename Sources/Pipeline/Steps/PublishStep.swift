public import Jobs
import Postgres

/// Checks the lists of the run and makes them current by flipping one pointer; then lets go of
/// publications beyond those to be kept.
///
/// What checks of the data have found may hold the lists: an alarm that came after them would be late.
public struct PublishStep: Step {
    public let name = "publish"
    /// Published generations that are kept, the current one included.
    private let keptCount: Int
    /// Of those, the newest ones of which what the lists were chosen from is kept too.
    private let keptCandidates: Int
    /// Whether what the run has measured by now is judged first: in a job that responds to alerts.
    private let isJudgedFirst: Bool

    public init(keepPublications: Int, keepCandidates: Int, isJudgedFirst: Bool) {
        keptCount = keepPublications
        keptCandidates = keepCandidates
        self.isJudgedFirst = isJudgedFirst
    }

    public func run(in context: StepContext) throws -> StepReport {
        let publication = try PublicationStore(context: context).ofRunIfKept()
        let publicationID = publication.publicationID
        try context.run(
            "publish/refresh_statistics", ["publication_id": Bind(publicationID)])
        if !publication.isPublished { try verify(publicationID, context) }
        var isOvertaken = false
        if isJudgedFirst, !publication.isPublished {
            let before = try current(context)
            _ = try Judgement(context).pass(context)
            isOvertaken = try current(context) != before
        }
        if isOvertaken {
            context.progress("a response has made another publication current, and it stays")
        }
        let hold = try publication.isPublished ? nil : self.hold(context)
        if hold == nil, !isOvertaken {
            try context.connection.withTransaction {
                try context.run(
                    "publish/flip",
                    [
                        "publication_id": Bind(publicationID),
                        "reason": Bind("run \(context.runID)"),
                    ])
            }
        }
        let (users, recommendations, checksum) = try context.connection.query(
            try context.query("publish/summary", ["publication_id": Bind(publicationID)]),
            as: (Int64, Int64, String).self)[0]
        let dropped = try dropExpired(context)
        try dropCandidates(context)
        try dropEmbeddings(context)
        try dropArtefacts(context)
        try dropUserMetrics(context)
        var report = StepReport(
            rowsIn: Int(recommendations), rowsOut: Int(recommendations),
            details: [
                "publication_id": .integer(Int(publicationID)), "users": .integer(Int(users)),
                "checksum": .text(checksum), "dropped_publications": .integer(dropped),
            ])
        if let hold { report.details["held_by"] = .integer(Int(hold.id)) }
        return report
    }

    /// The publication that is current; nil where none is yet.
    private func current(_ context: StepContext) throws -> Int64? {
        try context.connection.first(try context.query("publish/current"), as: Int64.self)
    }

    /// What keeps the lists of the run from becoming current: they stay as they are, to be measured, and
    /// the run goes on to find whether what they were held for is over. Where nothing is current yet,
    /// nothing keeps them: lists made from doubtful data are better than none.
    private func hold(_ context: StepContext) throws -> Holds.Hold? {
        let hold = try Holds(connection: context.connection, catalog: context.catalog)
            .active(.publication).first
        guard let hold else { return nil }
        guard try current(context) != nil else {
            context.progress("hold \(hold.id) keeps nothing back: nothing is published yet")
            return nil
        }
        context.progress(
            "the publication is held by hold \(hold.id), and what is published stays: "
                + hold.reason)
        return hold
    }

    /// - Throws: ``PipelineError`` that names the rules which are broken; nothing is published then.
    private func verify(_ publicationID: Int64, _ context: StepContext) throws {
        let violations = try context.connection.query(
            try context.query(
                "publish/violations",
                ["publication_id": Bind(publicationID), "as_of_date": Bind(context.asOfDate)]),
            as: (String, Int64).self)
        guard violations.isEmpty else {
            throw PipelineError(
                "the publication is held: "
                    + violations.map { "\($0.0) (\($0.1))" }.joined(separator: ", "),
                hint: "What is published now stays as it is.")
        }
    }

    /// Lets go of what need not be kept; a partition that somebody is reading is left for the next run.
    private func dropExpired(_ context: StepContext) throws -> Int {
        let expired = try context.connection.query(
            try context.query(
                "publish/expired",
                [
                    "keep_publications": Bind(Int32(keptCount)), "run_id": Bind(context.runID),
                ]), as: Int64.self)
        var dropped = 0
        for publicationID in expired {
            try context.stop.check()
            dropped += try unlessRead("publication \(publicationID) is", context) {
                try drop(publicationID, context)
            }
        }
        return dropped
    }

    /// Lets go of what older lists were chosen from, many times the lists themselves: `serving.why_not` and
    /// `serving.what_if` are asked of the newest. The table that tells whether anything is left goes last.
    private func dropCandidates(_ context: StepContext) throws {
        let expired = try context.connection.query(
            try context.query(
                "publish/expired_candidates",
                ["keep_candidates": Bind(Int32(keptCandidates))]), as: Int64.self)
        for publicationID in expired {
            try context.stop.check()
            try unlessRead("candidates of publication \(publicationID) are", context) {
                for table in ["ranked_lists", "candidate_fates", "candidate_lists"] {
                    try dropPart(table, of: publicationID, context)
                }
            }
        }
    }

    /// Lets go of the embeddings of models behind no publication that is kept: of one whose champion was
    /// replaced while it was built too.
    private func dropEmbeddings(_ context: StepContext) throws {
        let expired = try context.connection.query(
            try context.query("publish/expired_spaces"), as: Int64.self)
        for modelID in expired {
            try unlessRead("embeddings of model \(modelID) are", context) {
                for table in ["user_vectors", "item_vectors"] {
                    try withoutWaitingLong(context) {
                        try context.run(
                            "publish/drop_embeddings",
                            ["table_name": Bind(table), "space_id": Bind(modelID)])
                    }
                }
            }
        }
    }

    /// Lets go of the bytes of models that will not serve again. Whoever changes the champion waits
    /// for it, and finds the bytes there or gone for good.
    private func dropArtefacts(_ context: StepContext) throws {
        let deployments = Deployments(connection: context.connection, catalog: context.catalog)
        try context.connection.withTransaction {
            try deployments.lock()
            try context.run("publish/drop_artefacts", ["run_id": Bind(context.runID)])
        }
    }

    /// Lets go of the figures by user of models that cannot serve again.
    private func dropUserMetrics(_ context: StepContext) throws {
        let expired = try context.connection.query(
            try context.query("publish/expired_user_metrics"), as: Int64.self)
        for modelID in expired {
            try unlessRead("figures of model \(modelID) are", context) {
                try withoutWaitingLong(context) {
                    try context.run("publish/drop_user_metrics", ["model_id": Bind(modelID)])
                }
            }
        }
    }

    /// Drops one table's part after the other, each in a transaction of its own: a lock on one table
    /// at a time cannot deadlock with statements that read several.
    private func drop(_ publicationID: Int64, _ context: StepContext) throws {
        for table in ["candidate_lists", "candidate_fates", "ranked_lists", "similar_item_lists"] {
            try dropPart(table, of: publicationID, context)
        }
        for script in ["drop_index", "drop_publication"] {
            try withoutWaitingLong(context) {
                try context.run("publish/\(script)", ["publication_id": Bind(publicationID)])
            }
        }
    }

    private func dropPart(
        _ table: String, of publicationID: Int64, _ context: StepContext
    ) throws {
        try withoutWaitingLong(context) {
            try context.run(
                "publish/drop_lists",
                ["table_name": Bind(table), "publication_id": Bind(publicationID)])
        }
    }

    /// Runs `body`, and says so where somebody is reading what it would drop.
    ///
    /// - Returns: 1 when it is done, 0 when it is left for the next run.
    @discardableResult
    private func unlessRead(
        _ subject: String, _ context: StepContext, _ body: () throws -> Void
    ) throws -> Int {
        do {
            try body()
            return 1
        } catch let error as PostgresError where error.isOfAnotherSession {
            context.progress("\(subject) being read: kept until the next run")
            return 0
        }
    }

    /// Runs `body` in a transaction that gives up on a table which somebody is reading.
    private func withoutWaitingLong(_ context: StepContext, _ body: () throws -> Void) throws {
        try context.connection.withTransaction {
            try context.connection.execute("set local lock_timeout = '5s'")
            try body()
        }
    }
}

extension PostgresError {
    /// A lock that was not to be had in time, or a deadlock.
    fileprivate var isOfAnotherSession: Bool {
        ["55P03", "40P01"].contains(sqlState?.rawValue)
    }
}
