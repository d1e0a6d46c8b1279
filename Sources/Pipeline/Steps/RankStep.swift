public import Jobs
import LinearAlgebra
import Postgres
import Ranking

/// Ranks the candidates of every user and writes the lists of the publication, with what became of
/// every candidate.
///
/// Nobody gets nothing: a user for whom nothing is left is given the popular items of the cohort, marked
/// as fallback. With a time budget users are ranked in a ``TurnOrder``; those whose turn does not come keep
/// the lists that they have.
public struct RankStep: ShardedStep {
    public let name = "rank"
    private let settings: PipelineSettings
    /// Time for all users; nil for no limit.
    private let budget: Duration?
    private let longestWaitDays: Int

    /// - Parameters:
    ///   - budget: Time for all users; nil for no limit.
    ///   - longestWaitDays: Days after which users for whom there was no time go before others.
    public init(_ settings: PipelineSettings, budget: Duration? = nil, longestWaitDays: Int = 3) {
        self.settings = settings
        self.budget = budget
        self.longestWaitDays = longestWaitDays
    }

    /// Records the weights, the rules and the ranker, so that all shards rank alike, and the features that a
    /// sample of users is served with.
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
            try context.run(
                "rank/log_features",
                [
                    "publication_id": Bind(publication.publicationID),
                    "as_of_date": Bind(context.asOfDate),
                ])
        }
        return StepReport(details: rankerID.map { ["ranker_model_id": .integer(Int($0))] } ?? [:])
    }

    /// Ranks the candidates of the users of a shard.
    public func run(_ shard: Shard, in context: StepContext) throws -> StepReport {
        let time = TimeBudget(budget, shard: shard)
        let order = TurnOrder(date: context.asOfDate, longestWaitDays: longestWaitDays)
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
        let held = try Holds(connection: context.connection, catalog: context.catalog)
            .active(.cohort)
        let heldCohorts = Set(held.map(\.subject))
        for hold in held {
            context.progress("the cohort \(hold.subject) falls back: \(hold.reason)")
        }
        let standby = try StandbyLists(
            context, of: publicationID, loaded.funnel, isPermitted: loaded.isPermitted)
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
        var (done, deferred, heldCount) = (0, 0, 0)
        var kinds: [StoredList.Kind: Int] = [:]
        let clock = StageClock()
        let pages = try BucketPages.load(context, shard)
        for (number, buckets) in pages.ranges.enumerated() {
            try context.stop.check()
            let rows = try clock.measure("candidates") { try candidates.users(in: buckets) }
            let standings = try candidates.standings(in: buckets)
            let isHeld = standings.map { heldCohorts.contains($0.activityCohort) }
            let isTimeUp = time.page(pagesLeft: pages.ranges.count - number)
            var turns: Funnel.Turns?
            if isTimeUp != nil || isHeld.contains(true) {
                turns = Funnel.Turns(
                    order: order.rows(standings).filter { !isHeld[$0] },
                    isTimeUp: isTimeUp ?? { false })
            }
            let page = try loaded.rank(
                rows, store.users(buckets: buckets), buckets: buckets, turns: turns, clock: clock)
            let fates = rows.indices.map { row in
                page.outcomes[row]?.fates
                    ?? rows[row].lists.map {
                        [ProposalFate](
                            repeating: isHeld[row] ? .cohortHeld : .deferred,
                            count: $0.items.count)
                    }
            }
            var counts = FunnelCounts()
            for (row, fates) in zip(rows, fates) {
                for (list, fates) in zip(row.lists, fates) { counts.add(fates, of: list.source) }
            }
            let kept = try standby.kept(
                by: Set(
                    rows.indices.filter { page.outcomes[$0] == nil && !isHeld[$0] }
                        .map { rows[$0].userID }), in: buckets)
            let stored = try rows.indices.compactMap { row -> StoredList? in
                let userID = rows[row].userID
                if let outcome = page.outcomes[row], !outcome.list.items.isEmpty {
                    return StoredList(
                        userID: userID, kind: .model, ranked: outcome.ranked, list: outcome.list,
                        because: outcome.because, ids: ids)
                }
                var list = try standby.list(
                    userID: userID, keeping: kept[userID], standings[row].cohort, page.filter,
                    row: row)
                if page.outcomes[row] == nil && !isHeld[row] {
                    list?.deferredSince = standings[row].deferredSince ?? context.asOfDate
                }
                return list
            }
            for list in stored { kinds[list.kind, default: 0] += 1 }
            deferred += rows.indices.count { page.outcomes[$0] == nil && !isHeld[$0] }
            heldCount += isHeld.count { $0 }
            report.rowsIn! += rows.reduce(0) { $0 + $1.lists.reduce(0) { $0 + $1.items.count } }
            try clock.measure("write") {
                report.rowsOut! += try lists.writeLists(stored)
                try lists.writeRanked(stored)
                try lists.writeFates(zip(rows, fates).map { ($0, $1) })
                try lists.writeCounts(counts, firstBucket: buckets.lowerBound)
            }
            done += rows.count
            context.progress(
                "lists of \(done) of \(pages.userCount) users"
                    + (deferred > 0 ? ", the time was up for \(deferred)" : ""))
        }
        report.details = [
            "users": .integer(pages.userCount), "deferred_users": .integer(deferred),
            "held_users": .integer(heldCount), "kept_users": .integer(kinds[.kept] ?? 0),
            "fallback_users": .integer(kinds[.fallback] ?? 0),
        ].merging(clock.details) { $1 }
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
}
