import Jobs
import Postgres

/// The sources of candidates: what is set in `serving.sources`, and the statements that propose.
struct SourceStore {
    let context: StepContext

    /// A source as it is set.
    struct Source {
        var id: Int16
        var name: String
        /// Items for each user, at most.
        var quota: Int
        /// Candidates that pass the first stage for their place in its list.
        var firstStagePlaces: Int
        /// What its statement asks for beyond the settings of the job.
        var parameters: [String: Bind]

        /// Whether the embeddings of users and items propose, and no statement.
        var isTwoTower: Bool { name == "two_tower" }
    }

    /// What a source proposes to a user, best first.
    struct Proposal {
        var userID: Int64
        var items: [Int64]
        var scores: [Float]
    }

    /// The sources that a publication asks, by priority.
    func sources(of publicationID: Int64) throws -> [Source] {
        try sources(
            context.query(
                "retrieve/sources_of_publication", ["publication_id": Bind(publicationID)]))
    }

    /// The sources that a publication would ask now, by priority.
    func sourcesNow() throws -> [Source] {
        try sources(context.query("retrieve/sources_now"))
    }

    private func sources(_ query: Query) throws -> [Source] {
        let statements = Set(try context.catalog.names(in: "retrieve/sources"))
        return try context.connection.query(query, as: (Int16, String, Int32, Int32, JSONB).self)
            .map {
                row in
                let source = Source(
                    id: row.0, name: row.1, quota: Int(row.2),
                    firstStagePlaces: Int(row.3),
                    parameters: try StatementParameters.binds(row.4, of: "source \(row.1)"))
                guard source.isTwoTower || statements.contains(statement(source)) else {
                    throw PipelineError(
                        "source \(source.name) has no statement",
                        hint:
                            "Write sql/\(statement(source)).sql, or switch it off in serving.sources."
                    )
                }
                return source
            }
    }

    private func statement(_ source: Source) -> String { "retrieve/sources/\(source.name)" }

    /// What the statement of a source proposes to the users of some buckets, by user.
    ///
    /// - Parameter arguments: The settings of the job, with the date.
    func proposals(
        of source: Source, buckets: ClosedRange<Int16>, _ arguments: [String: Bind]
    ) throws -> [Proposal] {
        var arguments = arguments.merging(source.parameters) { _, own in own }
        arguments["quota"] = Bind(Int32(source.quota))
        arguments["from_bucket"] = Bind(buckets.lowerBound)
        arguments["until_bucket"] = Bind(buckets.upperBound)
        var proposals: [Proposal] = []
        try context.connection.forEachRow(
            try context.query(statement(source), arguments), as: (Int64, [Int64], [Float]).self
        ) { userID, items, scores in
            guard items.count == scores.count, items.count <= source.quota else {
                throw PipelineError(
                    "source \(source.name) gave a user \(items.count) items, \(scores.count) scores",
                    hint: "Its statement must give as many of both, and no more than the quota.")
            }
            proposals.append(Proposal(userID: userID, items: items, scores: scores))
        }
        return proposals
    }
}
