import Evaluation
import Jobs
import LinearAlgebra
import Postgres
import Ranking

extension EvaluationWorld {
    /// What the steps retrieve and rank would have published: all sources, filters, weights and rules
    /// as they are set now, on what was known at the split.
    ///
    /// - Parameters:
    ///   - rankerID: The ranker that was trained for the split; nil for none.
    ///   - clock: Told how long each source and each stage takes.
    /// - Precondition: The split is by time: statements of sources read what was known at its date.
    func funnelLists(
        _ embeddings: WorldEmbeddings, rankerID: Int64?, clock: StageClock, _ context: StepContext
    ) throws -> (lists: IndexLists, recall: StageRecall) {
        precondition(data.split.isByTime, "a funnel under \(data.split.summary)")
        let date = data.split.asOfDate
        let store = SourceStore(context: context)
        let sources = try store.sourcesNow()
        let loaded = try clock.measure("funnel_items") {
            let ranker = try rankerID.map {
                try RankerScorer($0, asOf: date, items: data.items.ids, settings, context)
            }
            return try LoadedFunnel(
                context, settings, .now(tasks: ranker?.taskNames ?? [], context),
                asOf: date,
                ids: data.items.ids, embeddings: embeddings.items, ranker: ranker)
        }
        let towerQuota = sources.first(where: \.isTwoTower)?.quota ?? 0
        let tower = try clock.measure("two_tower") {
            try lists(of: embeddings, length: max(towerQuota, 1))
        }
        var result = [[UInt32]](repeating: [], count: users.count)
        let stages = try FunnelStages(context)
        var passed = [[Int]](repeating: [], count: users.count)
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
                let proposals = try clock.measure(source.name) {
                    try store.proposals(
                        of: source, buckets: buckets, settings.arguments(asOf: date)
                    ) { _ in failed.insert(source.id) }
                }
                for proposal in proposals ?? [] {
                    guard let row = finder.row(of: proposal.userID) else { continue }
                    rows[row].lists.append((source.id, proposal.items))
                }
            }
            let page = try loaded.rank(
                rows,
                EmbeddingStore.Users(
                    ids: rows.map(\.userID), embeddings: embeddings.users.selecting(positions)),
                buckets: buckets, clock: clock)
            for (row, (position, outcome)) in zip(positions, page.outcomes).enumerated() {
                guard let outcome else { continue }
                result[position] = outcome.list.items.map(\.item).filter {
                    data.items.isAvailable[Int($0)]
                }
                passed[position] = stages.passed(
                    by: truth[position].map { itemID(of: $0) },
                    proposals: rows[row].lists.map(\.items),
                    outcome.fates)
            }
        }
        var recall = StageRecall(stages: stages.names)
        for row in 0..<users.count { recall.add(passed: passed[row], of: truth[row].count) }
        return (IndexLists(result), recall)
    }

    /// Nil for an item that is held out and not in the catalogue: nobody can propose it.
    private func itemID(of index: UInt32) -> Int64? {
        Int(index) < data.items.ids.count ? data.items.ids.keys[Int(index)] : nil
    }
}

/// The stages that a proposal has to pass, as `serving.fates` has them.
private struct FunnelStages {
    /// The sources, which an item passes that is proposed, and the stages between them and the list.
    let names: [String]
    /// Stages that a proposal with a fate has passed.
    private let passedBy: [Int16: Int]

    init(_ context: StepContext) throws {
        let rows = try context.connection.query(
            try context.query("evaluate/stages"), as: (Int16, String, Int16).self)
        var stages: [String] = []
        for (_, stage, _) in rows where stages.last != stage { stages.append(stage) }
        names = ["sources"] + stages.dropLast()
        passedBy = Dictionary(
            uniqueKeysWithValues: rows.map { fate, stage, _ in
                (fate, 1 + (stages.firstIndex(of: stage) ?? 0))
            })
    }

    /// How many stages each of some items passed, by the proposal that came furthest; items that nobody
    /// proposed are left out.
    func passed(by items: [Int64?], proposals: [[Int64]], _ fates: [[ProposalFate]]) -> [Int] {
        var furthest: [Int64: Int] = [:]
        let wanted = Set(items.compactMap { $0 })
        for (items, fates) in zip(proposals, fates) {
            for (item, fate) in zip(items, fates) where wanted.contains(item) {
                furthest[item] = max(furthest[item] ?? 0, passedBy[fate.rawValue] ?? 1)
            }
        }
        return Array(furthest.values)
    }
}
