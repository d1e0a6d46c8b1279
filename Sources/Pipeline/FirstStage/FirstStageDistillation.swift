import Jobs
import LinearAlgebra
import Postgres
import Ranking
import VectorIndex

/// Distils a first stage: some users' candidates, all of them, are valued by the second stage, and a light
/// model learns which are among the best.
struct FirstStageDistillation {
    /// What a training says of itself, recorded with the model.
    struct Record: Codable, Equatable {
        /// Users that it learned from, and those it was measured on.
        var userCount = 0
        var measuredUserCount = 0
        var candidateCount = 0
        /// The share of the second stage's best that the first lets through, on users that it did not
        /// learn from.
        var keptShare = 0.0
        /// The same where the two-tower's score decides.
        var keptShareByTower = 0.0
        var epochLosses: [Double] = []
    }

    /// Users whose candidates are valued, about.
    private static let sampleSize = 1_000
    /// Batches of an epoch, at least.
    private static let leastBatches = 500
    /// One user of so many is measured on.
    private static let measuredEvery = 5

    let context: StepContext
    let settings: PipelineSettings
    let date: PostgresDate

    /// Distils from a ranker, as it would serve with a two-tower as of the date.
    ///
    /// - Returns: nil where no user has more candidates than the second stage takes.
    func distil(rankerID: Int64, tower: BaseTower) throws -> (model: Ranker, record: Record)? {
        let view = try RankerView(tower, asOf: date, context)
        let scorer = try RankerScorer(rankerID, asOf: date, items: view.ids, settings, context)
        var everything = settings
        everything.secondStageCandidates = .max
        let funnel = try LoadedFunnel(
            context, everything, .now(tasks: scorer.taskNames, context), asOf: date,
            ids: view.ids,
            embeddings: view.embeddings, ranker: scorer)
        guard let sample = try sample(view, funnel), !sample.users.isEmpty else { return nil }
        let measured = sample.users.indices.filter { $0 % Self.measuredEvery == 0 }
        let learned = sample.users.indices.filter { $0 % Self.measuredEvery != 0 }
        guard !learned.isEmpty else { return nil }

        let columns = sample.features.columns
        let dataset = try FirstStage.dataset(
            context: columns.context, candidate: columns.candidate,
            inputs: sample.features.inputs(learned.map { sample.users[$0] }),
            values: learned.flatMap { sample.values[$0] }, keeping: settings.listLength,
            days: learned.map { _ in date.daysSinceEpoch })
        var record = Record(
            userCount: learned.count, measuredUserCount: measured.count,
            candidateCount: dataset.inputs.candidateCount)
        var configuration = FirstStage.configuration
        // Few candidates are learned in small batches, so that there are steps enough.
        configuration.batchSize = min(
            configuration.batchSize, max(record.candidateCount / Self.leastBatches, 32))
        let model = try RankerTrainer.train(
            dataset, configuration: configuration,
            seed: UInt64(bitPattern: Int64(settings.seed)), threadCount: settings.threadCount
        ) {
            if $0.batch == $0.batchCount { record.epochLosses.append($0.epochLoss) }
            try context.stop.check()
        }
        let users = measured.map { sample.users[$0] }
        let values = measured.map { sample.values[$0] }
        record.keptShare = keptShare(
            try FirstStageScorer(model: model, features: sample.features).scores(of: users), values)
        record.keptShareByTower = keptShare(users.map(\.towerScores), values)
        return (model, record)
    }

    private func keptShare(_ scores: [[Float]], _ values: [[Float]]) -> Double {
        FirstStage.keptShare(
            scores: scores, values: values, keeping: settings.listLength,
            passing: settings.secondStageCandidates)
    }

    // MARK: - What is learned from

    private struct Sample {
        var features: FirstStageFeatures
        /// Those with more candidates than the second stage takes.
        var users: [FirstStageFeatures.Candidates]
        /// What the second stage ranks the candidates of each by.
        var values: [[Float]]
    }

    private func sample(_ view: RankerView, _ funnel: LoadedFunnel) throws -> Sample? {
        let arguments = settings.arguments(asOf: date)
        let userCount = try context.connection.value(
            try context.query(
                "features/user_count",
                arguments.merging([
                    "from_bucket": Bind(UserTable.allBuckets.lowerBound),
                    "until_bucket": Bind(UserTable.allBuckets.upperBound),
                ]) { $1 }), as: Int64.self)
        let bucketCount = UserTable.allBuckets.count
        let last = bucketCount * Self.sampleSize / max(Int(userCount), Self.sampleSize)
        let buckets: ClosedRange<Int16> = 0...Int16(min(max(last, 1), bucketCount) - 1)
        let page = try view.page(buckets: buckets)
        guard page.users.count > 0 else { return nil }

        let store = SourceStore(context: context)
        var rows = page.users.ids.map { CandidateStore.Row(userID: $0) }
        for source in try store.sourcesNow() {
            if source.isTwoTower {
                let nearest = try ExactIndexBuilder().build(items: view.embeddings)
                    .restricted(to: view.isAvailable)
                    .search(
                        page.embeddings.matrix, interests: page.embeddings.interestCount,
                        k: source.quota, excluding: page.users.itemSets,
                        settings: ExactSearchSettings(threadCount: settings.threadCount)
                    ).items
                for row in rows.indices {
                    rows[row].lists.append((source.id, nearest[row].map { view.ids.keys[Int($0)] }))
                }
                continue
            }
            var finder = RowFinder(page.users.ids)
            for proposal in try store.proposals(
                of: source, buckets: buckets, arguments, failed: { _ in }) ?? []
            {
                guard let row = finder.row(of: proposal.userID) else { continue }
                rows[row].lists.append((source.id, proposal.items))
            }
        }
        let ranked = try funnel.rank(
            rows, EmbeddingStore.Users(ids: page.users.ids, embeddings: page.embeddings),
            buckets: buckets)
        guard let features = try funnel.firstStageFeatures(of: page.users.ids, buckets) else {
            return nil
        }
        var sample = Sample(features: features, users: [], values: [])
        for (row, outcome) in ranked.outcomes.enumerated() {
            guard let list = outcome?.ranked, list.count > settings.secondStageCandidates else {
                continue
            }
            sample.users.append(
                FirstStageFeatures.Candidates(
                    user: row, items: list.items, sources: list.sources,
                    towerScores: list.items.map {
                        page.embeddings.score(user: row, item: Int($0), of: view.embeddings)
                    }))
            sample.values.append(funnel.values(of: list).map { Float($0) })
        }
        return sample
    }
}
