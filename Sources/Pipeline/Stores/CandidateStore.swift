import Jobs
import Postgres

/// What sources propose for a publication: rows of `serving.candidate_lists`.
struct CandidateStore {
    let context: StepContext
    let publicationID: Int64

    /// What sources propose to one user.
    struct Row {
        var userID: Int64
        /// By priority of the sources; none for a user to whom nobody proposes anything.
        var lists: [(source: Int16, items: [Int64])] = []
    }

    /// How active the user of a ``Row`` is, of which cohort, and since when without a turn.
    struct Standing {
        /// Events of the last four weeks.
        var eventCount: Int
        var cohort: StandbyLists.Cohort
        /// new, low, medium or high.
        var activityCohort: String
        /// Date of the first of the publications in a row, up to the current one, that had no time for the
        /// user; nil after a turn.
        var deferredSince: PostgresDate?
    }

    /// Writes what a source proposes.
    ///
    /// - Returns: The number of items.
    func write(_ proposals: [SourceStore.Proposal], of source: SourceStore.Source) throws -> Int {
        var count = 0
        try context.connection.copyIn(
            into: "serving.candidate_lists",
            columns: ["publication_id", "user_id", "source_id", "item_ids", "scores"]
        ) { writer in
            for proposal in proposals where !proposal.items.isEmpty {
                count += proposal.items.count
                try writer.row { writer in
                    writer.append(publicationID)
                    writer.append(proposal.userID)
                    writer.append(source.id)
                    writer.append(proposal.items)
                    writer.append(proposal.scores)
                }
            }
        }
        return count
    }

    /// The users of ``users(in:)`` in the same order: who has a turn first, and what they fall back on.
    func standings(in buckets: ClosedRange<Int16>) throws -> [Standing] {
        let range = [
            "from_bucket": Bind(buckets.lowerBound), "until_bucket": Bind(buckets.upperBound),
        ]
        let waits = Dictionary(
            uniqueKeysWithValues: try context.connection.query(
                try context.query("rank/waits", range), as: (Int64, PostgresDate).self))
        return try context.connection.query(
            try context.query(
                "rank/users", range.merging(["as_of_date": Bind(context.asOfDate)]) { $1 }),
            as: (Int64, Int32, String, String, String).self
        ).map { userID, eventCount, language, region, activityCohort in
            Standing(
                eventCount: Int(eventCount), cohort: .init(language: language, region: region),
                activityCohort: activityCohort,
                deferredSince: waits[userID])
        }
    }

    /// The users of some buckets, ascending, with what is proposed to each.
    func users(in buckets: ClosedRange<Int16>) throws -> [Row] {
        var rows: [Row] = []
        try context.connection.forEachRow(
            try context.query(
                "rank/candidates",
                [
                    "publication_id": Bind(publicationID), "as_of_date": Bind(context.asOfDate),
                    "from_bucket": Bind(buckets.lowerBound),
                    "until_bucket": Bind(buckets.upperBound),
                ]), as: (Int64, Int16, [Int64]).self
        ) { userID, source, items in
            if rows.last?.userID != userID { rows.append(Row(userID: userID)) }
            if !items.isEmpty { rows[rows.count - 1].lists.append((source, items)) }
        }
        return rows
    }
}
