import Evaluation
public import Jobs
import LinearAlgebra
import Postgres
import Ranking
import TwoTower
import VectorIndex

/// How models are measured.
public struct EvaluationSettings: Codable, Sendable, Equatable {
    /// Users with fewer different positives before the split are left out.
    public var minimumPositives = 5
    /// Length of the lists for recall and hit rate.
    public var recallCutoff = 50
    /// Length of the lists for nDCG, reciprocal rank, coverage and Gini.
    public var rankingCutoff = 20
    /// Resamples behind each interval.
    public var bootstrapReplicates = 1000

    public init() {}
}

/// Measures the evaluation model of the run on the days it did not see, beside two baselines and the
/// published blend.
///
/// Global time split, full ranking over all available items, the user's positives before the split
/// taken out.
public struct EvaluateStep: Step {
    public let name = "evaluate"
    private let settings: PipelineSettings
    private let evaluation: EvaluationSettings

    public init(_ settings: PipelineSettings, evaluation: EvaluationSettings) {
        self.settings = settings
        self.evaluation = evaluation
    }

    public func run(in context: StepContext) throws -> StepReport {
        try context.connection.withTransaction {
            try context.run("evaluate/clear_metrics", ["run_id": Bind(context.runID)])
        }
        let split = settings.splitDate(for: context.asOfDate)
        guard let model = try ModelStore(context: context).find(purpose: "evaluation") else {
            context.progress("no evaluation model: nothing was known before \(split)")
            return StepReport(rowsIn: 0, rowsOut: 0)
        }
        let artefact = try ModelStore(context: context).load(model.modelID)
        let world = try EvaluationWorld.load(
            context, settings, evaluation, asOf: split, artefact: artefact)
        guard world.users.count > 0 else {
            context.progress("no user qualifies: nobody has positives before and after \(split)")
            return StepReport(rowsIn: 0, rowsOut: 0)
        }
        var rows = 0
        for subject in Subject.allCases {
            try context.stop.check()
            let lists = try world.lists(of: subject, context)
            rows += try record(subject, lists, world, twoTowerID: model.modelID, split, context)
        }
        return StepReport(
            rowsIn: world.users.count, rowsOut: rows,
            details: [
                "users": .integer(world.users.count), "split_date": .text(split.description),
            ])
    }

    /// What is measured: the kinds of `model.models`.
    enum Subject: String, CaseIterable {
        case popularity
        case itemCosine = "item_cosine"
        case twoTower = "two_tower"
        case blend
    }

    private func record(
        _ subject: Subject, _ lists: IndexLists, _ world: EvaluationWorld, twoTowerID: Int64,
        _ split: PostgresDate, _ context: StepContext
    ) throws -> Int {
        let (long, short) = (evaluation.recallCutoff, evaluation.rankingCutoff)
        var evaluator = RankingEvaluator(
            metrics: [
                .recall(at: long), .ndcg(at: short), .hitRate(at: long), .reciprocalRank(at: short),
                .averagePrecision(at: short),
            ],
            catalogue: [.coverage(at: short), .gini(at: short)], itemCount: world.itemCount,
            threadCount: settings.threadCount)
        try evaluator.add(lists, truth: world.truth)
        let result = evaluator.evaluation()
        let bootstrap = Bootstrap(
            replicates: evaluation.bootstrapReplicates,
            seed: UInt64(bitPattern: Int64(settings.seed)), threadCount: settings.threadCount)
        let reports =
            [result.report(bootstrap: bootstrap)]
            + (try result.reports(
                byCohort: world.cohorts, names: world.cohortNames, bootstrap: bootstrap))
        let figures = reports.flatMap { report in
            report.values.map { (cohort: report.cohort ?? "all", value: $0) }
        }
        try context.connection.withTransaction {
            let modelID =
                subject == .twoTower
                ? twoTowerID
                : try ModelStore(context: context).save(
                    ModelStore.Description(
                        kind: subject.rawValue, purpose: "evaluation", asOfDate: split,
                        configuration: "{}", dataHash: "", seed: settings.seed))
            try context.run(
                "evaluate/store_metrics",
                [
                    "model_id": Bind(modelID),
                    "protocol": Bind("time split at \(split), held out until \(context.asOfDate)"),
                    "cohorts": Bind(figures.map(\.cohort)),
                    "metric_names": Bind(figures.map(\.value.name)),
                    "cutoffs": Bind(figures.map { Int32($0.value.k) }),
                    "metric_values": Bind(figures.map(\.value.value)),
                    "lower_bounds": Bind(figures.map { $0.value.lower ?? .nan }),
                    "upper_bounds": Bind(figures.map { $0.value.upper ?? .nan }),
                    "user_counts": Bind(figures.map { Int64($0.value.userCount) }),
                ])
        }
        let recall = reports[0].value(RankingMetric.recall(at: long))
        let ndcg = reports[0].value(RankingMetric.ndcg(at: short))
        context.progress(
            "\(subject.rawValue): recall@\(long) \(four(recall?.value)), "
                + "nDCG@\(short) \(four(ndcg?.value))")
        return figures.count
    }

    private func four(_ value: Double?) -> String {
        guard let value else { return "-" }
        let digits = String(Int((abs(value) * 10_000).rounded()))
        let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return (value < 0 ? "-" : "") + padded.dropLast(4) + "." + padded.suffix(4)
    }
}

/// Who is measured, on what, from what: everything as of the split.
struct EvaluationWorld {
    private let settings: PipelineSettings
    private let evaluation: EvaluationSettings
    private let date: PostgresDate
    private let artefact: ModelArtefact
    let items: ItemTable
    /// The users that qualify.
    let users: UserTable
    /// New positives of each qualifying user.
    let truth: IndexLists
    /// What each qualifying user liked before.
    private let known: IndexLists
    /// What every user liked before, also of those who do not qualify.
    private let allKnown: IndexLists
    /// Items of the catalogue at the split, and those held out that were not in it yet.
    let itemCount: Int
    /// Cohort of each qualifying user, as a position in ``cohortNames``.
    let cohorts: [Int]
    let cohortNames: [String]

    static func load(
        _ context: StepContext, _ settings: PipelineSettings, _ evaluation: EvaluationSettings,
        asOf date: PostgresDate, artefact: ModelArtefact
    ) throws -> EvaluationWorld {
        var vocabularies = artefact.vocabularies
        let items = try ItemTable.load(context, asOf: date, extending: &vocabularies)
        let everyone = try UserTable.load(
            context, settings, asOf: date, vocabularies: &vocabularies, learning: false)
        let rowOf = Dictionary(
            uniqueKeysWithValues: everyone.ids.enumerated().map { ($0.element, $0.offset) })
        var (rows, truth) = ([Int](), [[UInt32]]())
        // An item that was unknown at the split could not be recommended: it counts as missed by all,
        // under an index of its own, so that a changing catalogue cannot flatter.
        var heldOut = items.ids
        var arguments = settings.arguments(asOf: date)
        arguments["until_date"] = Bind(context.asOfDate)
        try context.connection.forEachRow(
            try context.query("evaluate/truth", arguments), as: (Int64, [Int64]).self
        ) { userID, itemIDs in
            guard let row = rowOf[userID],
                everyone.positiveCounts[row] >= evaluation.minimumPositives
            else { return }
            rows.append(row)
            truth.append(itemIDs.map { UInt32(heldOut.insert($0)) })
        }
        let sets = everyone.itemSets
        let cohortNames = Set(rows.map { everyone.cohorts[$0] }).sorted()
        return EvaluationWorld(
            settings: settings, evaluation: evaluation, date: date, artefact: artefact,
            items: items,
            users: try everyone.selecting(rows), truth: IndexLists(truth),
            known: IndexLists(rows.map { Array(sets[$0]) }), allKnown: sets,
            itemCount: heldOut.count,
            cohorts: rows.map { row in cohortNames.firstIndex(of: everyone.cohorts[row]) ?? 0 },
            cohortNames: cohortNames)
    }

    /// Ranked lists of the qualifying users, best first.
    func lists(of subject: EvaluateStep.Subject, _ context: StepContext) throws -> IndexLists {
        let length = max(evaluation.recallCutoff, evaluation.rankingCutoff)
        switch subject {
        case .popularity:
            return PopularityRanker(counts: try popularity(context)).rank(
                k: length, excluding: known, threadCount: settings.threadCount
            ).items
        case .itemCosine:
            let ranker = ItemCosineRanker(
                positives: allKnown, itemCount: items.ids.count, threadCount: settings.threadCount)
            return ranker.rank(
                k: length, histories: known, excluding: known, threadCount: settings.threadCount
            ).items
        case .twoTower:
            return try towerLists(length, embeddings(context)).items
        case .blend:
            return try blendLists(length, context)
        }
    }

    /// Positive events of each item in the last days, as often as they stood in the logs.
    private func popularity(_ context: StepContext) throws -> [Int] {
        var counts = [Int](repeating: 0, count: items.ids.count)
        try context.connection.forEachRow(
            try context.query("evaluate/popularity", settings.arguments(asOf: date)),
            as: (Int64, Int64).self
        ) { itemID, count in
            let index = Int(items.ids.index(of: itemID))
            if index >= 0 { counts[index] = Int(count) }
        }
        return counts
    }

    /// Embeddings of all items and of the qualifying users.
    private func embeddings(_ context: StepContext) throws -> (items: Matrix, users: Matrix) {
        let numbers = try items.numbers(context, from: date, until: date)
        return (
            try artefact.model.embedItems(
                items.catalogue, features: numbers?.matrix(day: date.daysSinceEpoch),
                threadCount: settings.threadCount),
            try artefact.model.embedUsers(
                users.sequences, userIds: users.indexes, profiles: users.profiles,
                catalogue: items.catalogue, threadCount: settings.threadCount)
        )
    }

    private func towerLists(
        _ length: Int, _ embeddings: (items: Matrix, users: Matrix)
    ) throws -> RankedLists {
        try ExactIndexBuilder().build(items: embeddings.items).restricted(to: items.isAvailable)
            .search(
                embeddings.users, k: length, excluding: known,
                settings: ExactSearchSettings(threadCount: settings.threadCount))
    }

    /// What the rank step would have published at the split: candidates of both sources, blended.
    private func blendLists(_ length: Int, _ context: StepContext) throws -> IndexLists {
        let store = BlendStore(context: context)
        let blend = try store.load(
            weightsVersion: try store.newestWeightsVersion(), asOf: date, items: items.ids)
        let embeddings = try embeddings(context)
        let tower = try towerLists(settings.towerCandidates, embeddings)
        let popular = PopularityRanker(counts: try popularity(context)).rank(
            k: settings.popularCandidates, excluding: known, threadCount: settings.threadCount
        ).items
        let lists = parallelMap(
            of: users.count, chunkSize: 256, threadCount: settings.threadCount
        ) { _, rows in
            rows.map { row -> [UInt32] in
                let range = tower.items.offsets[row]..<tower.items.offsets[row + 1]
                let proposed = range.map { position in
                    Candidate(
                        item: tower.items.values[position], modelScore: tower.scores[position],
                        source: CandidateSource.twoTower.rawValue)
                }
                let others = popular[row].filter { items.isAvailable[Int($0)] }.map { item in
                    Candidate(
                        item: item,
                        modelScore: embeddings.items.withView { itemView in
                            embeddings.users.withView { userView in
                                dot(
                                    userView.row(row), itemView.row(Int(item)),
                                    count: userView.columns)
                            }
                        }, source: CandidateSource.popular.rawValue)
                }
                return blend.rank(proposed + others, length: length).map(\.item)
            }
        }
        return IndexLists(Array(lists.joined()))
    }
}
