import Jobs
import LinearAlgebra
import Postgres
import Ranking

/// A funnel as of a date, with what it reads of items, ready to rank users page by page.
struct LoadedFunnel {
    let funnel: Funnel
    private let context: StepContext
    private let arguments: [String: Bind]
    private let filters: [FilterStore.Filter]
    private let rules: FunnelRules
    private let itemFactors: [String: CandidateFactors.Rule]
    private let creators: (ofItems: [Int32], ids: Vocabulary<Int64>)
    private let ranker: RankerScorer?

    /// Reads `sql/rank/items.sql`, and what filters and rules say of items.
    ///
    /// - Parameters:
    ///   - date: What was known before it counts.
    ///   - embeddings: Shape `[items, dimension]`.
    ///   - ranker: The second stage, as of the same date; nil for none.
    init(
        _ context: StepContext, _ settings: PipelineSettings, _ ranking: FunnelSettings,
        asOf date: PostgresDate, ids: Vocabulary<Int64>, embeddings: Matrix, ranker: RankerScorer?
    ) throws {
        self.context = context
        self.ranker = ranker
        arguments = settings.arguments(asOf: date)
        rules = ranking.rules
        var creators = Vocabulary<Int64>()
        var tagNumbers = Vocabulary<String>()
        var creatorOf = [Int32](repeating: -1, count: ids.count)
        var tags = [[UInt32]](repeating: [], count: ids.count)
        var feedback = [RerankItems.Feedback](
            repeating: .init(exposures: 0, positives: 0), count: ids.count)
        var terms = Matrix(rows: ids.count, columns: FunnelSettings.itemTermNames.count)
        try context.connection.forEachRow(
            try context.query("rank/items", arguments),
            as: (Int64, Double, Double, Int64?, [String], Int32, Int32).self
        ) { itemID, popularity, freshness, creatorID, itemTags, exposures, positives in
            let index = Int(ids.index(of: itemID))
            guard index >= 0 else { return }
            terms[index, 0] = Float(popularity)
            terms[index, 1] = Float(freshness)
            if let creatorID { creatorOf[index] = creators.insert(creatorID) }
            tags[index] = Set(itemTags.map { UInt32(tagNumbers.insert($0)) }).sorted()
            feedback[index] = .init(exposures: UInt32(exposures), positives: UInt32(positives))
        }
        self.creators = (creatorOf, creators)
        filters = try FilterStore(context: context, arguments: arguments).filters(of: ids)
        itemFactors = try FactorStore(context: context, arguments: arguments)
            .itemFactors(rules, items: ids)
        let items = RerankItems(
            ids: ids.keys, creators: creatorOf, tags: IndexLists(tags),
            embeddings: embeddings.withoutBias(), feedback: feedback)
        do {
            funnel = Funnel(
                items: Funnel.Items(
                    ids: ids, embeddings: embeddings, terms: terms,
                    termNames: FunnelSettings.itemTermNames),
                taskNames: ranker?.taskNames ?? [],
                reranker: try Reranker(
                    rules: rules.rerank, value: ranking.value, items: items,
                    length: settings.listLength),
                factorNames: rules.factorNames,
                firstStage: Funnel.FirstStage(
                    length: settings.secondStageCandidates, places: ranking.firstStagePlaces),
                threadCount: settings.threadCount)
        } catch let error as RankingRuleError {
            throw PipelineError(error.message, hint: error.hint)
        }
    }

    /// Whether an item may be shown to anybody, by index.
    var isPermitted: [Bool] {
        var isPermitted = [Bool](repeating: true, count: funnel.items.ids.count)
        for flags in filters.compactMap(\.itemFlags) {
            for (item, isOut) in flags.enumerated() where isOut { isPermitted[item] = false }
        }
        return isPermitted
    }

    /// What became of the proposals to the users of some buckets.
    struct Page {
        /// One for each user; nil for those whose turn did not come.
        var outcomes: [Funnel.Outcome?]
        /// What was taken out; its rows are those of the users.
        var filter: CandidateFilter
    }

    /// Ranks the users of some buckets.
    ///
    /// - Parameters:
    ///   - rows: The users with what is proposed to them, by user.
    ///   - embeddings: Of users, by user; those without have no affinity.
    ///   - turns: All users when nil.
    ///   - clock: Told how long each stage takes.
    func rank(
        _ rows: [CandidateStore.Row], _ embeddings: EmbeddingStore.Users,
        buckets: ClosedRange<Int16>, turns: Funnel.Turns? = nil, clock: StageClock = StageClock()
    ) throws -> Page {
        let (ids, users) = (funnel.items.ids, rows.map(\.userID))
        let histories = try UserRows(context, users: users).sequences(
            "retrieve/known_positives", arguments, buckets
        ) { (item: Int64) in ids.index(of: item) }
        var finder = RowFinder(embeddings.ids)
        let asked = rows.enumerated().map { position, row in
            Funnel.User(
                id: row.userID, row: finder.row(of: row.userID),
                proposals: row.lists.map { list in
                    Proposals(source: list.source, items: list.items.map(ids.index(of:)))
                }, history: histories[position].suffix(Self.explainingLength))
        }
        let page = try clock.measure("user_features") {
            try ranker?.page(of: users, buckets: buckets)
        }
        do {
            let filter = try clock.measure("filters") {
                try FilterStore(context: context, arguments: arguments)
                    .filter(filters, users: users, buckets: buckets, items: ids)
            }
            let factors = try clock.measure("factors") {
                try FactorStore(context: context, arguments: arguments).factors(
                    rules, itemFactors, users: users, buckets: buckets, items: ids,
                    creators: creators)
            }
            var screen: Funnel.Screening?
            if let page, let model = ranker?.firstStage {
                let scorer = FirstStageScorer(model: model, features: firstStageFeatures(of: page))
                screen = { try scorer.scores(of: $0) }
            }
            let outcomes = try funnel.rank(
                asked, embeddings.embeddings, filter: filter, factors: factors,
                screen: screen,
                predict: { users, items in
                    guard let page else { preconditionFailure("tasks without a ranker") }
                    return try page.predictions(of: users, items: items, clock: clock)
                }, turns: turns, clock: clock)
            return Page(outcomes: outcomes, filter: filter)
        } catch let error as RankingRuleError {
            throw PipelineError(error.message, hint: error.hint)
        }
    }

    /// What a first stage reads of some users; nil without a ranker.
    ///
    /// - Parameter users: Of the buckets, ascending.
    func firstStageFeatures(
        of users: [Int64], _ buckets: ClosedRange<Int16>
    ) throws -> FirstStageFeatures? {
        try ranker.map { firstStageFeatures(of: try $0.page(of: users, buckets: buckets)) }
    }

    private func firstStageFeatures(of page: RankerScorer.Page) -> FirstStageFeatures {
        page.firstStageFeatures(
            itemTerms: funnel.items.terms, names: funnel.items.termNames)
    }

    /// The values of what was ranked, which scores are made of.
    func values(of list: CandidateList) -> [Double] {
        funnel.reranker.value.values(of: list.terms)
    }

    /// Newest items of a history among which the one is looked for that explains a recommendation.
    private static let explainingLength = 50
}
