import Jobs
import LinearAlgebra
import Postgres
import Ranking

extension EvaluationWorld {
    /// What the steps retrieve and rank would have published: all sources, filters, weights and rules
    /// as they are set now, on what was known at the split.
    ///
    /// - Parameter rankerID: The ranker that was trained for the split; nil for none.
    /// - Precondition: The split is by time: statements of sources read what was known at its date.
    func funnelLists(
        _ embeddings: WorldEmbeddings, rankerID: Int64?, _ context: StepContext
    ) throws -> IndexLists {
        precondition(data.split.isByTime, "a funnel under \(data.split.summary)")
        let date = data.split.asOfDate
        let store = SourceStore(context: context)
        let sources = try store.sourcesNow()
        let ranker = try rankerID.map {
            try RankerScorer($0, asOf: date, items: data.items.ids, settings, context)
        }
        let loaded = try LoadedFunnel(
            context, settings, .now(tasks: ranker?.termNames ?? [], context), asOf: date,
            ids: data.items.ids, embeddings: embeddings.items, ranker: ranker)
        let towerQuota = sources.first(where: \.isTwoTower)?.quota ?? 0
        let tower = try lists(of: embeddings, length: max(towerQuota, 1))
        var result = [[UInt32]](repeating: [], count: users.count)
        var failed: Set<Int16> = []
        let pages = BucketPages(.whole, userCount: data.users.count)
        for buckets in pages.ranges {
            try context.stop.check()
            let positions = (0..<users.count).filter {
                buckets.contains(BucketPages.bucket(of: users.ids[$0]))
            }.sorted { users.ids[$0] < users.ids[$1] }
            var rows = positions.map { CandidateStore.Row(userID: users.ids[$0]) }
            for source in sources where !failed.contains(source.id) {
                guard !source.isTwoTower else {
                    for (row, position) in positions.enumerated() where towerQuota > 0 {
                        rows[row].lists.append(
                            (source.id, tower.items[position].map { data.items.ids.keys[Int($0)] }))
                    }
                    continue
                }
                var finder = RowFinder(rows.map(\.userID))
                let proposals = try store.proposals(
                    of: source, buckets: buckets, settings.arguments(asOf: date)
                ) { _ in failed.insert(source.id) }
                for proposal in proposals ?? [] {
                    guard let row = finder.row(of: proposal.userID) else { continue }
                    rows[row].lists.append((source.id, proposal.items))
                }
            }
            let page = try loaded.rank(
                rows,
                EmbeddingStore.Users(
                    ids: rows.map(\.userID), embeddings: embeddings.users.selecting(positions)),
                buckets: buckets)
            for (position, outcome) in zip(positions, page.outcomes) {
                result[position] = (outcome?.list.items ?? []).map(\.item).filter {
                    data.items.isAvailable[Int($0)]
                }
            }
        }
        return IndexLists(result)
    }
}
