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

    /// Records the weights and the rules, so that all shards rank alike.
    public func prepare(in context: StepContext) throws -> StepReport {
        let publication = try publication(context)
        try context.connection.withTransaction {
            try FunnelSettings.record(for: publication.publicationID, context)
        }
        return StepReport()
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
        let loaded = try LoadedFunnel(
            context, settings, .recorded(of: publicationID, context), asOf: context.asOfDate,
            ids: ids, embeddings: embeddings.matrix)
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
            let made = zip(rows, outcomes).map { row, outcome in
                outcome.list.items.isEmpty
                    ? ListStore.List(
                        userID: row.userID, ranked: fallback.ranked, list: fallback.list)
                    : ListStore.List(
                        userID: row.userID, ranked: outcome.ranked, list: outcome.list,
                        because: outcome.because)
            }
            report.rowsOut! += try lists.writeLists(made)
            try lists.writeRanked(made)
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
