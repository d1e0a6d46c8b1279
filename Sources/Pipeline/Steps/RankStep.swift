public import Jobs
import LinearAlgebra
import Postgres
import Ranking

/// Ranks the candidates of every user and writes the lists of the publication, with what became of
/// every candidate.
///
/// A user without candidates is given the popular items, marked as fallback: nobody gets nothing.
public struct RankStep: ShardedStep {
    public let name = "rank"
    private let settings: PipelineSettings

    public init(_ settings: PipelineSettings) {
        self.settings = settings
    }

    /// Records the weights, the rules and the ranker, so that all shards rank alike.
    public func prepare(in context: StepContext) throws -> StepReport {
        let publication = try publication(context)
        let store = RankerStore(context: context)
        // That of the champion's own run: the two were measured together, and go and come together.
        let rankerID = try store.find(forTower: publication.modelID)
        if rankerID == nil { context.progress("no ranker: candidates are not scored by task") }
        let tasks =
            try rankerID.map { try store.load($0, settings).ranker.ranker.schema.tasks.map(\.name) }
            ?? []
        try context.connection.withTransaction {
            try FunnelSettings.record(for: publication.publicationID, tasks: tasks, context)
            try context.run(
                "rank/record_ranker",
                [
                    "publication_id": Bind(publication.publicationID),
                    "ranker_model_id": Bind(rankerID ?? -1),
                ])
        }
        return StepReport(details: rankerID.map { ["ranker_model_id": .integer(Int($0))] } ?? [:])
    }

    /// Ranks the candidates of the users of a shard.
    public func run(_ shard: Shard, in context: StepContext) throws -> StepReport {
        let publication = try publication(context)
        let publicationID = publication.publicationID
        let store = EmbeddingStore(context: context, spaceID: publication.modelID)
        let embeddings = try store.items()
        guard let ids = Vocabulary(embeddings.ids) else {
            throw PipelineError("an item is embedded twice in space \(publication.modelID)")
        }
        let rankerID = try context.connection.value(
            try context.query(
                "rank/ranker_of_publication", ["publication_id": Bind(publicationID)]),
            as: Int64?.self)
        let loaded = try LoadedFunnel(
            context, settings, .recorded(of: publicationID, context), asOf: context.asOfDate,
            ids: ids, embeddings: embeddings.matrix,
            ranker: try rankerID.map {
                try RankerScorer($0, asOf: context.asOfDate, items: ids, settings, context)
            })
        let fallback = try fallback(of: publicationID, loaded.funnel, context)
        let lists = ListStore(context: context, publicationID: publicationID, items: ids)
        let candidates = CandidateStore(context: context, publicationID: publicationID)
        try context.run(
            "rank/clear",
            [
                "publication_id": Bind(publicationID),
                "from_bucket": Bind(shard.buckets.lowerBound),
                "until_bucket": Bind(shard.buckets.upperBound),
            ])
        var report = StepReport(rowsIn: 0, rowsOut: 0)
        var (done, fallbackUsers) = (0, 0)
        let pages = try BucketPages.load(context, shard)
        for buckets in pages.ranges {
            try context.stop.check()
            let rows = try candidates.users(in: buckets)
            let outcomes = try loaded.rank(rows, store.users(buckets: buckets), buckets: buckets)
            var counts = FunnelCounts()
            for (row, outcome) in zip(rows, outcomes) {
                for (list, fates) in zip(row.lists, outcome.fates) {
                    counts.add(fates, of: list.source)
                }
            }
            fallbackUsers += outcomes.count { $0.list.items.isEmpty }
            report.rowsIn! += rows.reduce(0) { $0 + $1.lists.reduce(0) { $0 + $1.items.count } }
            report.rowsOut! += try lists.writeLists(
                zip(rows, outcomes).map { row, outcome in
                    outcome.list.items.isEmpty
                        ? ListStore.List(
                            userID: row.userID, ranked: fallback.ranked, list: fallback.list)
                        : ListStore.List(
                            userID: row.userID, ranked: outcome.ranked, list: outcome.list,
                            because: outcome.because)
                })
            try lists.writeRanked(
                zip(rows, outcomes).map {
                    ListStore.List(userID: $0.userID, ranked: $1.ranked, list: $1.list)
                })
            try lists.writeFates(zip(rows, outcomes).map { ($0, $1.fates) })
            try lists.writeCounts(counts, firstBucket: buckets.lowerBound)
            done += rows.count
            context.progress("lists of \(done) of \(pages.userCount) users")
        }
        report.details = [
            "users": .integer(pages.userCount), "fallback_users": .integer(fallbackUsers),
        ]
        return report
    }

    private func publication(_ context: StepContext) throws -> PublicationStore.Record {
        let publication = try PublicationStore(context: context).ofRunToBuild()
        guard publication.hasCandidates else {
            throw PipelineError(
                "this run has no candidates", hint: "Put the step retrieve into the job.")
        }
        return publication
    }

    /// The list of those for whom nothing is left.
    private func fallback(
        of publicationID: Int64, _ funnel: Funnel, _ context: StepContext
    ) throws -> (ranked: CandidateList, list: RerankedList) {
        let popular = try PublicationStore(context: context).fallbacks(of: publicationID)
            .map { funnel.items.ids.index(of: $0.itemID) }.filter { $0 >= 0 }
        return try funnel.fallback(
            popular.map { UInt32($0) }, source: PublicationStore.fallbackSource)
    }
}
