import Evaluation
import Jobs
import LinearAlgebra
import Postgres
import TwoTower

/// Who is measured, on what, from what: one world for every model under one split.
///
/// Items and users have the indexes of ``data``, whatever vocabulary a model was trained with, so that
/// the figures of two models are about the same rows.
struct EvaluationWorld {
    let data: LearningData
    let settings: PipelineSettings
    let evaluation: EvaluationSettings
    /// The users that are measured, with what was learned of them.
    let users: UserTable
    /// What was held out of each.
    let truth: IndexLists
    /// What is taken out of the lists of each.
    let excluded: IndexLists
    /// Items of the catalogue, and those held out that are not in it.
    let itemCount: Int
    /// Cohort of each user, as a position in ``cohortNames``.
    let cohorts: [Int]
    let cohortNames: [String]
    /// What became of the pairs that are held out.
    let counts: HeldOutCounts
    /// How often each item was learned, and what it is made of.
    private let traits: ItemTraits
    /// The day on which each user is asked for; nil where nobody says.
    private let days: [Int32]?
    /// Numeric features of the items as of the split, where towers read any.
    private let numbers: Matrix?

    /// A user who is measured.
    struct Member {
        /// Position among the users of the data.
        var row: Int
        /// Indexes of the items that are held out, at least one.
        var truth: [UInt32]
        /// The day on which the user is asked for, since 1970-01-01; nil where nobody says.
        var day: Int32?
    }

    /// - Parameters:
    ///   - learned: The items of each user of the data.
    ///   - itemCount: Items of the catalogue, and those held out that are not in it.
    ///   - numbers: Of the items, as of the split.
    init(
        of members: [Member], in data: LearningData, learned: IndexLists, itemCount: Int,
        numbers: Matrix?, counts: HeldOutCounts, _ settings: PipelineSettings,
        _ evaluation: EvaluationSettings
    ) {
        let rows = members.map(\.row)
        let cohorts = rows.map { data.users.cohorts[$0] }
        let cohortNames = Set(cohorts).sorted()
        let days = members.compactMap(\.day)
        self.data = data
        self.settings = settings
        self.evaluation = evaluation
        users = data.users.selecting(rows)
        truth = IndexLists(members.map(\.truth))
        excluded = IndexLists(rows.map { evaluation.excludesKnown ? Array(learned[$0]) : [] })
        self.itemCount = itemCount
        self.cohorts = cohorts.map { cohortNames.firstIndex(of: $0) ?? 0 }
        self.cohortNames = cohortNames
        self.counts = counts
        traits = data.items.traits(
            takenCounts: data.users.positives(of: data.items.ids.count), padding: itemCount)
        self.days = days.count == rows.count ? days : nil
        self.numbers = numbers
    }

    /// The world of those with as many positives among what is learned as the evaluation asks for.
    static func load(
        _ data: LearningData, _ context: StepContext, _ settings: PipelineSettings,
        _ evaluation: EvaluationSettings
    ) throws -> EvaluationWorld {
        try EvaluationAudience.load(data, context, settings, evaluation).known
    }

    /// Embeddings of all items and of the users that are measured, by any two-tower.
    ///
    /// What the model was not trained on has no id there and is embedded from its content.
    func embeddings(of artefact: ModelArtefact) throws -> WorldEmbeddings {
        let known = artefact.vocabularies
        let catalogue = try data.items.catalogue(from: data.vocabularies, for: known)
        let itemIndexes = data.items.ids.keys.map { known.items.index(of: $0) }
        return WorldEmbeddings(
            items: try artefact.model.embedItems(
                catalogue, itemIds: itemIndexes,
                features: artefact.model.numericFeatureNames.isEmpty ? nil : numbers,
                threadCount: settings.threadCount),
            users: UserEmbeddings(
                matrix: try artefact.model.embedUsers(
                    users.sequences, userIds: users.ids.map { known.users.index(of: $0) },
                    profiles: try users.profiles(from: data.vocabularies, for: known),
                    catalogue: catalogue, itemIds: itemIndexes,
                    asOf: days,
                    threadCount: settings.threadCount),
                interestCount: artefact.model.interestCount))
    }

    /// The figures of every user under some lists, best first.
    ///
    /// - Parameters:
    ///   - metric: Measured as well, where it is none of those that always are.
    ///   - truth: What they are measured on; all that was held out when nil.
    func measure(
        _ lists: IndexLists, also metric: RankingMetric? = nil, on truth: IndexLists? = nil
    ) throws -> RankingEvaluation {
        let (long, short) = (evaluation.recallCutoff, evaluation.rankingCutoff)
        var metrics: [RankingMetric] = [
            .recall(at: long), .ndcg(at: short), .hitRate(at: long), .reciprocalRank(at: short),
            .averagePrecision(at: short), .novelty(at: short),
        ]
        // Without tags and creators nothing is like anything.
        if data.items.hasContent { metrics.append(.intraListDiversity(at: short)) }
        if let metric, !metrics.contains(metric) { metrics.append(metric) }
        var evaluator = RankingEvaluator(
            metrics: metrics, catalogue: [.coverage(at: short), .gini(at: short)],
            itemCount: itemCount, traits: traits, threadCount: settings.threadCount)
        try evaluator.add(lists, truth: truth ?? self.truth)
        return evaluator.evaluation()
    }

    /// The figures of every user under a two-tower.
    func measure(_ artefact: ModelArtefact) throws -> RankingEvaluation {
        try measure(lists(of: embeddings(of: artefact)).items)
    }
}

/// Embeddings by one model of the items and the users of an ``EvaluationWorld``.
struct WorldEmbeddings {
    /// Shape `[items, dimension]`.
    var items: Matrix
    var users: UserEmbeddings
}
