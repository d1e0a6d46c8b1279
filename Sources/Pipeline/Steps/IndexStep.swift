import Foundation
public import Jobs
import LinearAlgebra
import Postgres
import VectorIndex

/// Indexes the embeddings of items for approximate search, and measures with embeddings of users how
/// much of the exact result a search finds.
///
/// The fewest probes that reach the target are chosen; where none do, the run ends here and nothing
/// is published. Lists are those of the last published index of the space, as long as they fit.
public struct IndexStep: Step {
    public let name = "index"
    private let settings: PipelineSettings
    private let index: IndexSettings

    public init(_ settings: PipelineSettings, index: IndexSettings = IndexSettings()) {
        self.settings = settings
        self.index = index
    }

    public func run(in context: StepContext) throws -> StepReport {
        let publication = try PublicationStore(context: context).ofRunToBuild()
        let (report, refusal) = try context.connection.withTransaction {
            try indexItems(of: publication, context)
        }
        // What was measured stays on record.
        if let refusal { throw refusal }
        return report
    }

    private func indexItems(
        of publication: PublicationStore.Record, _ context: StepContext
    ) throws -> (StepReport, PipelineError?) {
        let started = ContinuousClock.now
        let store = IndexStore(context: context)
        if index.pgvector != .none { try context.run("index/require_pgvector") }
        try store.clear()
        let embeddings = EmbeddingStore(context: context, spaceID: publication.modelID)
        let items = try embeddings.items(among: try AvailableItems.ids(context))
        let parent = try parent(inSpace: publication.modelID, store)
        let gate = RecallGate(
            settings: index, items: items.matrix,
            queries: try embeddings.sampleOfUsers(index.recallSample, seed: settings.seed),
            threadCount: settings.threadCount)
        var chosen: ItemIndexer.Built?
        var recall = RecallGate.Outcome(curve: nil, probes: nil)
        for candidate in try candidates(items.matrix, ids: items.ids, parent) {
            try context.stop.check()
            let built = try candidate()
            recall = try gate.measure(built.file)
            chosen = built
            if recall.probes != nil { break }
        }
        guard let chosen else { preconditionFailure("there is always an index to try") }
        let changes = ListChanges(
            from: parent?.lists ?? [:], to: chosen.file, ids: items.ids,
            sharesLists: chosen.parentIndexID != nil)
        let isExact = chosen.file.lists.count <= 1
        let duration = ContinuousClock.now - started
        let (indexID, rows) = try store.save(
            IndexStore.Description(
                publicationID: publication.publicationID, spaceID: publication.modelID,
                parentIndexID: chosen.parentIndexID, isReady: recall.probes != nil,
                isExact: isExact,
                reason: chosen.reason, probes: recall.probes ?? chosen.file.lists.count,
                changes: changes,
                distortion: chosen.distortion, trainedDistortion: chosen.trainedDistortion,
                trainedItemCount: chosen.trainedItemCount, seconds: duration / .seconds(1)),
            file: chosen.file, ids: items.ids, recall: recall.curve, mirror: index.pgvector)
        context.progress(
            isExact
                ? "exact: \(chosen.reason)"
                : "\(chosen.file.lists.count) lists, \(recall.probes ?? 0) read: \(chosen.reason)")
        let report = StepReport(
            rowsIn: items.ids.count, rowsOut: rows,
            details: [
                "index_id": .integer(Int(indexID)), "lists": .integer(chosen.file.lists.count),
                "probes": .integer(recall.probes ?? 0), "reason": .text(chosen.reason),
            ])
        return (report, recall.probes == nil ? refusal(indexID) : nil)
    }

    private func parent(inSpace spaceID: Int64, _ store: IndexStore) throws -> ItemIndexer.Parent? {
        try store.prior(inSpace: spaceID).map { prior in
            ItemIndexer.Parent(
                record: prior, centroids: try store.centroids(of: prior.indexID),
                quantiser: try store.quantiser(of: prior.indexID, prior.parameters),
                lists: try store.listOfItems(of: prior.indexID))
        }
    }

    /// What to try, in order: earlier lists where they still fit, then lists of its own.
    private func candidates(
        _ items: Matrix, ids: [Int64], _ parent: ItemIndexer.Parent?
    ) throws -> [() throws -> ItemIndexer.Built] {
        let indexer = ItemIndexer(
            settings: index, seed: settings.seed, threadCount: settings.threadCount)
        guard let parameters = indexer.parameters(itemCount: items.rows) else {
            return [{ try indexer.exact(items) }]
        }
        func trained(_ reason: String) -> () throws -> ItemIndexer.Built {
            { try indexer.trained(items, parameters, reason: reason) }
        }
        guard let parent, !parent.record.isExact else {
            return [trained("no earlier lists of this space")]
        }
        guard let following = try indexer.following(parent, items, parameters) else {
            return [trained("the settings have changed")]
        }
        let changes = ListChanges(
            from: parent.lists, to: following.file, ids: ids, sharesLists: true)
        if let staleness = indexer.staleness(of: following, changes: changes) {
            return [trained(staleness)]
        }
        return [
            { following },
            trained("lists of index \(parent.record.indexID) no longer reach the target of recall"),
        ]
    }

    private func refusal(_ indexID: Int64) -> PipelineError {
        PipelineError(
            "the publication is held: index \(indexID) does not reach its target of recall",
            hint: "select * from ann.recall where index_id = \(indexID) has the curve; what is "
                + "published now stays as it is.")
    }
}
