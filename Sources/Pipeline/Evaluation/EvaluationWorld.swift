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

    /// Which of the users of whom something is held out are measured.
    enum Population {
        /// Those with as many positives among what is learned as the evaluation asks for.
        case known
        /// Those with fewer: of some a profile is all that is known.
        case new
    }

    static func load(
        _ data: LearningData, _ context: StepContext, _ settings: PipelineSettings,
        _ evaluation: EvaluationSettings, of population: Population = .known
    ) throws -> EvaluationWorld {
        let rowOf = Dictionary(
            uniqueKeysWithValues: data.users.ids.enumerated().map { ($0.element, $0.offset) })
        let known = data.users.itemSets
        // An item that is not in the catalogue could not be recommended: it counts as missed by all,
        // under an index of its own, so that a changing catalogue cannot flatter.
        var items = data.items.ids
        var (rows, truth, counts) = ([Int](), [[UInt32]](), HeldOutCounts())
        var days: [Int32] = []
        for heldOut in try data.split.heldOut(of: data.completeUsers, items: data.items, context) {
            counts.pairs += heldOut.itemIDs.count
            guard let row = rowOf[heldOut.userID] else {
                counts.unknownUsers += 1
                counts.unknownUserPairs += heldOut.itemIDs.count
                continue
            }
            let isKnown = data.users.positiveCounts[row] >= evaluation.minimumPositives
            guard isKnown == (population == .known) else {
                counts.usersWithFewPositives += 1
                continue
            }
            let learned = evaluation.excludesKnown ? Set(known[row]) : []
            let new = heldOut.itemIDs.map { UInt32(items.insert($0)) }.filter {
                !learned.contains($0)
            }
            counts.learnedPairs += heldOut.itemIDs.count - new.count
            counts.unknownItemPairs += new.count { $0 >= UInt32(data.items.ids.count) }
            guard !new.isEmpty else { continue }
            rows.append(row)
            truth.append(new)
            if let day = heldOut.day { days.append(day) }
        }
        let cohorts = rows.map { data.users.cohorts[$0] }
        let cohortNames = Set(cohorts).sorted()
        let date = data.split.asOfDate
        return EvaluationWorld(
            data: data, settings: settings, evaluation: evaluation,
            users: data.users.selecting(rows), truth: IndexLists(truth),
            excluded: IndexLists(rows.map { evaluation.excludesKnown ? Array(known[$0]) : [] }),
            itemCount: items.count,
            cohorts: cohorts.map { cohortNames.firstIndex(of: $0) ?? 0 }, cohortNames: cohortNames,
            counts: counts,
            traits: data.items.traits(
                takenCounts: data.users.positives(of: data.items.ids.count), padding: items.count),
            days: days.count == rows.count ? days : nil,
            numbers: settings.itemNumbers == .none
                ? nil
                : try data.items.numbers(context, from: date, until: date)?
                    .matrix(day: date.daysSinceEpoch))
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

/// What became of the pairs of user and item that are held out.
struct HeldOutCounts: Equatable {
    var pairs = 0
    /// Users of whom nothing is known: they are not measured.
    var unknownUsers = 0
    var unknownUserPairs = 0
    /// Users who are not measured because the job asks for more positives.
    var usersWithFewPositives = 0
    /// Pairs with an item that is not in the catalogue: they count as missed.
    var unknownItemPairs = 0
    /// Pairs whose item is taken out of the lists because it was learned: they are not measured.
    var learnedPairs = 0

    /// What a step says of them.
    var details: [String: StepReport.Detail] {
        [
            "pairs": .integer(pairs), "unknown_users": .integer(unknownUsers),
            "pairs_of_unknown_users": .integer(unknownUserPairs),
            "users_with_few_positives": .integer(usersWithFewPositives),
            "pairs_of_unknown_items": .integer(unknownItemPairs),
            "pairs_learned": .integer(learnedPairs),
        ]
    }
}
