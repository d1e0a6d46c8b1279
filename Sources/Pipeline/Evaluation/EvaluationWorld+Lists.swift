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

    /// What the rank step would have published: candidates of the two-tower and of popularity,
    /// blended.
    ///
    /// - Precondition: The split is by time: the terms of the blend are counts as of its date.
    func blendLists(_ embeddings: WorldEmbeddings, _ context: StepContext) throws -> IndexLists {
        precondition(data.split.isByTime, "a blend under \(data.split.summary)")
        let store = BlendStore(context: context)
        let blend = try store.load(
            weightsVersion: try store.newestWeightsVersion(), asOf: data.split.asOfDate,
            items: data.items.ids, length: evaluation.listLength)
        let tower = try lists(of: embeddings, length: settings.towerCandidates)
        let popular = try popularityLists(context, length: settings.popularCandidates)
        let chunks = parallelMap(
            of: users.count, chunkSize: 256, threadCount: settings.threadCount
        ) { _, rows in
            Result {
                try rows.map { row -> [UInt32] in
                    let proposed = zip(tower.items[row], tower.scores(of: row)).map { item, score in
                        Blend.Proposal(
                            item: item, modelScore: score, source: CandidateSource.twoTower.rawValue
                        )
                    }
                    let others = popular[row].filter { data.items.isAvailable[Int($0)] }.map {
                        item in
                        Blend.Proposal(
                            item: item,
                            modelScore: embeddings.users.score(
                                user: row, item: Int(item), of: embeddings.items),
                            source: CandidateSource.popular.rawValue)
                    }
                    return try blend.rank(proposed + others).map(\.item)
                }
            }
        }
        return IndexLists(try chunks.flatMap { try $0.get() })
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
