import Jobs
import LinearAlgebra
import Postgres

/// The items with the largest scores for users: what the two-tower proposes.
struct NearestItems {
    let index: CandidateIndex
    /// The items of the index, in its order.
    let ids: Vocabulary<Int64>
    let threadCount: Int

    /// Finds the best items of each user but those that the user has liked.
    ///
    /// - Parameters:
    ///   - buckets: Where the users lie.
    ///   - count: Items of each, at most.
    func find(
        for users: EmbeddingStore.Users, in buckets: ClosedRange<Int16>, count: Int,
        _ context: StepContext
    ) throws -> [SourceStore.Proposal] {
        guard !users.ids.isEmpty else { return [] }
        let known = try UserRows(context, users: users.ids).lists(
            "retrieve/known_positives", ["as_of_date": Bind(context.asOfDate)], buckets
        ) { (item: Int64) in ids.index(of: item) }
        var blocks: [RankedLists] = []
        try index.search(
            users.embeddings.matrix, interests: users.embeddings.interestCount, k: count,
            excluding: known, threadCount: threadCount
        ) { _, block in
            try context.stop.check()
            blocks.append(block)
        }
        let lists = RankedLists(joining: blocks)
        return users.ids.indices.map { row in
            SourceStore.Proposal(
                userID: users.ids[row], items: lists.items[row].map { ids.keys[Int($0)] },
                scores: Array(lists.scores(of: row)))
        }
    }
}
