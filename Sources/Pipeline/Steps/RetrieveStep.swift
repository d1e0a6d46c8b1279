public import Jobs
import LinearAlgebra
import Postgres
import VectorIndex

/// Finds the candidates of every user, the items like every item, and what to fall back on.
///
/// With the index that the step index has made; without one, or where the catalogue was too small for
/// it, exactly: users × items in blocks, the best of each kept. Similar items likewise, in lists of
/// their own.
public struct RetrieveStep: ShardedStep {
    public let name = "retrieve"
    private let settings: PipelineSettings
    /// Items kept as similar to each item.
    private let similarCount: Int
    /// What lists of similar items have to reach; nil where the job has no step index.
    private let index: IndexSettings?
    private let breaker: SourceBreakerSettings

    public init(
        _ settings: PipelineSettings, similarCount: Int, index: IndexSettings?,
        breaker: SourceBreakerSettings = SourceBreakerSettings()
    ) {
        self.settings = settings
        self.similarCount = similarCount
        self.index = index
        self.breaker = breaker
    }

    /// What lists are made of.
    private struct Items {
        let publication: PublicationStore.Record
        let ids: Vocabulary<Int64>
        /// Their embeddings, in the order of `ids`.
        let matrix: Matrix
        let isAvailable: [Bool]

        init(_ context: StepContext) throws {
            publication = try PublicationStore(context: context).ofRunToBuild()
            let embeddings = try EmbeddingStore(context: context, spaceID: publication.modelID)
                .items()
            guard let ids = Vocabulary(embeddings.ids) else {
                throw PipelineError("an item is embedded twice in space \(publication.modelID)")
            }
            self.ids = ids
            matrix = embeddings.matrix
            let available = try AvailableItems.ids(context)
            isAvailable = ids.keys.map(available.contains)
        }
    }

    /// Finds the popular items and the items like every item.
    public func prepare(in context: StepContext) throws -> StepReport {
        let items = try Items(context)
        let publicationID = items.publication.publicationID
        return try context.connection.withTransaction {
            var arguments = settings.arguments(asOf: context.asOfDate)
            arguments["publication_id"] = Bind(publicationID)
            arguments["retry_days"] = Bind(Int32(breaker.retryDays))
            try context.run("retrieve/prepare", arguments)
            try context.run("retrieve/build_fallbacks", arguments)
            let indexID = try indexOfPublication(items.publication, context)?.indexID
            let similarItems = try SimilarItems(
                items.matrix, ids: items.ids.keys, isAvailable: items.isAvailable, settings: index,
                seed: settings.seed, threadCount: settings.threadCount)
            if let recall = similarItems.recall, let indexID {
                try IndexStore(context: context).write(recall, of: indexID, for: .similarItems)
            }
            let similar = try write(similarItems, of: publicationID, context)
            return StepReport(
                rowsIn: items.ids.count, rowsOut: similar,
                details: [
                    "similar_items": .integer(similar),
                    "similar_items_search": .text(similarItems.method),
                    "index_id": indexID.map { .integer(Int($0)) } ?? .text("none: exact"),
                ])
        }
    }

    /// Finds the candidates of the users of a shard.
    public func run(_ shard: Shard, in context: StepContext) throws -> StepReport {
        let items = try Items(context)
        let publicationID = items.publication.publicationID
        try context.run(
            "retrieve/clear_candidates",
            [
                "publication_id": Bind(publicationID),
                "from_bucket": Bind(shard.buckets.lowerBound),
                "until_bucket": Bind(shard.buckets.upperBound),
            ])
        let (candidates, failed, clock) = try writeCandidates(
            shard, publicationID,
            EmbeddingStore(context: context, spaceID: items.publication.modelID),
            NearestItems(
                index: try candidateIndex(of: items, context), ids: items.ids,
                threadCount: settings.threadCount), context)
        return StepReport(
            rowsOut: candidates,
            details: [
                "candidates": .integer(candidates), "failed_sources": .integer(failed),
            ].merging(clock.details) { $1 })
    }

    private typealias IndexRecord = (indexID: Int64, kind: String, probes: Int32)

    /// The index of the publication; nil when the job has no step index.
    ///
    /// - Throws: ``PipelineError`` when the index is of another space than the publication.
    private func indexOfPublication(
        _ publication: PublicationStore.Record, _ context: StepContext
    ) throws -> IndexRecord? {
        let found = try context.connection.first(
            try context.query(
                "retrieve/index_of_publication",
                ["publication_id": Bind(publication.publicationID)]),
            as: (Int64, Int64, String, Int32).self)
        guard let (indexID, spaceID, kind, probes) = found else { return nil }
        guard spaceID == publication.modelID else {
            throw PipelineError(
                "index \(indexID) is of space \(spaceID), the embeddings of users are of "
                    + "\(publication.modelID)",
                hint: "Run the job again with --fresh.")
        }
        return (indexID, kind, probes)
    }

    private func candidateIndex(of items: Items, _ context: StepContext) throws -> CandidateIndex {
        guard let record = try indexOfPublication(items.publication, context),
            record.kind == "inverted_file"
        else {
            return .exact(
                try ExactIndexBuilder().build(items: items.matrix).restricted(to: items.isAvailable)
            )
        }
        let file = try IndexStore(context: context).file(
            of: record.indexID, ids: items.ids, items: items.matrix)
        let searcher = try InvertedFileSearcher(
            file, vectors: items.matrix, threadCount: settings.threadCount)
        return .invertedFile(searcher, probes: Int(record.probes), allowed: items.isAvailable)
    }

    // MARK: - Candidates

    private func writeCandidates(
        _ shard: Shard, _ publicationID: Int64, _ embeddings: EmbeddingStore,
        _ nearest: NearestItems, _ context: StepContext
    ) throws -> (candidates: Int, failedSources: Int, clock: StageClock) {
        let store = SourceStore(context: context)
        let sources = try store.sources(of: publicationID)
        var failed: Set<Int16> = []
        let candidates = CandidateStore(context: context, publicationID: publicationID)
        let arguments = settings.arguments(asOf: context.asOfDate)
        let pages = try BucketPages.load(context, shard)
        var rows = 0
        let clock = StageClock()
        for (page, buckets) in pages.ranges.enumerated() {
            for source in sources where !failed.contains(source.id) {
                try context.stop.check()
                let proposals = try clock.measure(source.name) {
                    source.isTwoTower
                        ? try nearest.find(
                            for: embeddings.users(buckets: buckets), in: buckets,
                            count: source.quota, context)
                        : try store.proposals(of: source, buckets: buckets, arguments) { message in
                            failed.insert(source.id)
                            try store.recordFailure(
                                of: source, message, publicationID: publicationID, breaker)
                        }
                }
                guard let proposals else { continue }
                let written = try clock.measure("write") {
                    try candidates.write(proposals, of: source)
                }
                rows += written
                context.progress(
                    "page \(page + 1) of \(pages.ranges.count): \(written) from \(source.name)")
            }
        }
        try store.recordSuccess(of: sources.filter { !failed.contains($0.id) })
        return (rows, failed.count, clock)
    }

    // MARK: - Similar items

    private func write(
        _ similarItems: SimilarItems, of publicationID: Int64, _ context: StepContext
    ) throws -> Int {
        var pace = Pace(.seconds(5))
        var rows = 0
        try context.connection.copyIn(
            into: "serving.similar_item_lists",
            columns: ["publication_id", "item_id", "similar_item_ids", "similarities"]
        ) { writer in
            try similarItems.search(k: similarCount) { done in
                try context.stop.check()
                if pace.allows() {
                    context.progress(
                        "similar items of \(done) of \(similarItems.itemCount) items")
                }
            } deliver: { item, similar, cosines in
                rows += similar.count
                try writer.row { writer in
                    writer.append(publicationID)
                    writer.append(item)
                    writer.append(similar)
                    writer.append(cosines)
                }
            }
        }
        return rows
    }
}
