import Evaluation
import Jobs
import LinearAlgebra
import Postgres
import VectorIndex

/// Ranked lists of the users that are measured, over all items, best first.
extension EvaluationWorld {
    /// The items with the largest scores, among those that may be recommended.
    ///
    /// - Parameter length: Items of each list; as many as are judged when nil.
    func lists(of embeddings: WorldEmbeddings, length: Int? = nil) throws -> RankedLists {
        try ExactIndexBuilder().build(items: embeddings.items)
            .restricted(to: data.items.isAvailable)
            .search(
                embeddings.users.matrix, interests: embeddings.users.interestCount,
                k: length ?? evaluation.listLength, excluding: excluded,
                settings: ExactSearchSettings(threadCount: settings.threadCount))
    }

    /// The most popular items, the same for all.
    func popularityLists(_ context: StepContext, length: Int? = nil) throws -> IndexLists {
        PopularityRanker(counts: try popularity(context)).rank(
            k: length ?? evaluation.listLength, excluding: excluded,
            threadCount: settings.threadCount
        ).items
    }

    /// The neighbours by co-occurrence of what was learned of each user.
    func itemCosineLists() -> IndexLists {
        let ranker = ItemCosineRanker(
            positives: data.users.itemSets, itemCount: data.items.ids.count,
            threadCount: settings.threadCount)
        return ranker.rank(
            k: evaluation.listLength, histories: users.itemSets, excluding: excluded,
            threadCount: settings.threadCount
        ).items
    }

    /// How often each item was liked: in the last days where the split is by time, as often as it
    /// stood in the logs, and in all histories where it is not.
    private func popularity(_ context: StepContext) throws -> [Int] {
        guard data.split.isByTime else { return data.users.positives(of: data.items.ids.count) }
        var counts = [Int](repeating: 0, count: data.items.ids.count)
        try context.connection.forEachRow(
            try context.query(
                "evaluate/popularity", settings.arguments(asOf: data.split.asOfDate)),
            as: (Int64, Int64).self
        ) { itemID, count in
            let index = Int(data.items.ids.index(of: itemID))
            if index >= 0 { counts[index] = Int(count) }
        }
        return counts
    }
}
