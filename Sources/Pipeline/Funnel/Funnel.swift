import LinearAlgebra
import Ranking

/// From what sources propose to the lists of users: merge, filters, first stage, second stage, value,
/// re-ranking.
///
/// Knows neither tables nor dates, so that the step rank and the evaluation run the same.
struct Funnel: Sendable {
    /// What is known of the items, by index; ascending ids, so that ties by index are ties by id.
    struct Items: Sendable {
        let ids: Vocabulary<Int64>
        /// Shape `[items, dimension]`.
        let embeddings: Matrix
        /// Terms of the item alone, shape `[items, terms]`.
        let terms: Matrix
        let termNames: [String]
    }

    /// One user with what sources propose.
    struct User: Sendable {
        var id: Int64
        /// The row of the user's embeddings; nil where there are none.
        var row: Int?
        /// By priority.
        var proposals: [Proposals]
        /// Items that the user liked, newest last.
        var history: [UInt32]
    }

    /// What became of the proposals to a user.
    struct Outcome: Sendable {
        /// What was scored, by item index.
        var ranked: CandidateList
        var list: RerankedList
        /// For each item of the list the item of the history that is most like it; empty without a
        /// history.
        var because: [UInt32]
        /// Of every proposal, list by list.
        var fates: [[ProposalFate]]
    }

    /// What goes on to the second stage.
    struct FirstStage: Sendable {
        /// Candidates of a user, at most.
        var length: Int
        /// By source, candidates that pass for their place in its list; the others by the first stage's score.
        var places: [Int16: Int] = [:]
    }

    /// The second stage: what users would do with candidates.
    ///
    /// Given positions of users and the candidates of each by item index, the terms of the candidates,
    /// user after user: shape `[candidates, taskNames]`.
    typealias Prediction = (_ users: [Int], _ items: [[UInt32]]) throws -> Matrix

    /// The first stage: how likely the second is to keep candidates, user by user. Asked by several
    /// threads at once.
    typealias Screening = @Sendable (_ users: [FirstStageFeatures.Candidates]) throws -> [[Float]]

    let items: Items
    /// Terms that the second stage gives, after those of the items.
    let taskNames: [String]
    let reranker: Reranker
    /// Rules whose factors the candidates carry, in the order of the columns.
    let factorNames: [String]
    let firstStage: FirstStage
    let threadCount: Int
    /// Embeddings of unit length without the bias.
    private let directions: Matrix

    /// Users whose candidates are scored at once: what bounds the memory of the second stage.
    private static let groupSize = 8 * chunkSize

    /// - Precondition: The terms of the re-ranker's value are ``Affinity/name``, those of the items and
    ///   those of the second stage.
    init(
        items: Items, taskNames: [String], reranker: Reranker, factorNames: [String],
        firstStage: FirstStage, threadCount: Int
    ) {
        let names = [Affinity.name] + items.termNames + taskNames
        precondition(
            reranker.value.terms.map(\.name) == names
                && items.terms.columns == items.termNames.count,
            "a value of \(reranker.value.terms.count) terms, item terms \(items.terms.shape)")
        self.items = items
        self.taskNames = taskNames
        self.reranker = reranker
        self.factorNames = factorNames
        self.firstStage = firstStage
        self.threadCount = threadCount
        directions = items.embeddings.withoutBias().unitRows()
    }

    /// In which order users are ranked, and until when.
    struct Turns {
        /// Rows of users, all of them, the first first.
        var order: [Int]
        /// Whether no further user has a turn.
        var isTimeUp: () -> Bool
    }

    /// What becomes of the proposals to some users.
    ///
    /// - Parameters:
    ///   - filter, factors: Their rows are those of `users`.
    ///   - screen: The first stage; where nil, the two-tower's scores decide.
    ///   - predict: The second stage; not asked where there are no tasks.
    ///   - turns: All users, in any order, when nil.
    ///   - clock: Told how long each stage takes.
    /// - Returns: One for each user; nil for those whose turn did not come.
    /// - Throws: `RankingRuleError` for scores that are not finite, and what `predict` throws.
    func rank(
        _ users: [User], _ embeddings: UserEmbeddings, filter: CandidateFilter,
        factors: CandidateFactors, screen: Screening? = nil, predict: Prediction,
        turns: Turns? = nil,
        clock: StageClock = StageClock()
    ) throws -> [Outcome?] {
        var outcomes = [Outcome?](repeating: nil, count: users.count)
        let order = turns?.order ?? Array(users.indices)
        for start in stride(from: 0, to: order.count, by: Self.groupSize) {
            if let turns, turns.isTimeUp() { break }
            let group = Array(order[start..<min(start + Self.groupSize, order.count)])
            let shortlists = try clock.measure("first_stage") {
                try self.shortlists(group, users, embeddings, filter, screen)
            }
            let starts = shortlists.reduce(into: [0]) { $0.append($0.last! + $1.items.count) }
            let count = starts[group.count]
            let predictions = try clock.measure("second_stage") {
                taskNames.isEmpty
                    ? Matrix(rows: count, columns: 0)
                    : try predict(group, shortlists.map(\.items))
            }
            precondition(
                predictions.rows == count && predictions.columns == taskNames.count,
                "predictions of shape \(predictions.shape) for \(count) candidates")
            let ranked = try clock.measure("rerank") {
                try parallelMap(
                    of: group.count, chunkSize: Self.chunkSize, threadCount: threadCount
                ) { _, places in
                    Result {
                        try places.map { place in
                            try outcome(
                                users[group[place]], shortlists[place],
                                predictions: { predictions[row: starts[place] + $0] },
                                factors: factors, factorRow: group[place])
                        }
                    }
                }.flatMap { try $0.get() }
            }
            for (row, outcome) in zip(group, ranked) { outcomes[row] = outcome }
        }
        return outcomes
    }

    /// What passes merge, filters and the first stage for some users.
    private func shortlists(
        _ rows: [Int], _ users: [User], _ embeddings: UserEmbeddings, _ filter: CandidateFilter,
        _ screen: Screening?
    ) throws -> [Shortlist] {
        try parallelMap(of: rows.count, chunkSize: Self.chunkSize, threadCount: threadCount) {
            _, places in
            Result {
                var merger = CandidateMerger(itemCount: items.ids.count)
                var (candidates, scores) = ([MergedCandidates](), [[Float]]())
                for place in places {
                    let row = rows[place]
                    var merged = merger.merge(users[row].proposals)
                    filter.apply(to: &merged, ofUser: row)
                    scores.append(
                        merged.items.map { item in
                            users[row].row.map {
                                embeddings.score(user: $0, item: Int(item), of: items.embeddings)
                            } ?? 0
                        })
                    candidates.append(merged)
                }
                var screened = scores
                if let screen {
                    let long = candidates.indices.filter {
                        candidates[$0].count > firstStage.length
                    }
                    let found = try screen(
                        long.map {
                            FirstStageFeatures.Candidates(
                                user: rows[places.lowerBound + $0], items: candidates[$0].items,
                                sources: candidates[$0].sources, towerScores: scores[$0])
                        })
                    for (position, found) in zip(long, found) { screened[position] = found }
                }
                return candidates.indices.map {
                    shortlist(candidates[$0], towerScores: scores[$0], screened[$0])
                }
            }
        }.flatMap { try $0.get() }
    }

    /// Users that a thread ranks at a time.
    private static let chunkSize = 256

    /// The list of those for whom there is no candidate: the same items for all, by their own terms.
    func fallback(_ items: [UInt32], source: Int16) throws -> (
        ranked: CandidateList, list: RerankedList
    ) {
        let list = CandidateList(
            items: items, sources: items.map { _ in source },
            terms: terms(of: items, affinities: items.map { _ in 0 }) { _ in
                taskNames.map { _ in 0 }[...]
            },
            factors: Matrix(rows: items.count, columns: factorNames.count, repeating: 1),
            draws: Matrix(rows: items.count, columns: reranker.slotCount))
        return (list, try reranker.rerank(list))
    }

    // MARK: - One user

    /// What is left of the candidates of a user after the first stage.
    private struct Shortlist {
        var candidates: MergedCandidates
        /// Positions among the candidates, by item index: as they are stored, and whatever the order of
        /// the sources.
        var kept: [Int]
        /// The items at those positions, and their scores by the towers.
        var items: [UInt32]
        var scores: [Float]
    }

    private func shortlist(
        _ merged: MergedCandidates, towerScores: [Float], _ screened: [Float]
    ) -> Shortlist {
        var candidates = merged
        let kept = pass(&candidates, screened).sorted {
            candidates.items[$0] < candidates.items[$1]
        }
        return Shortlist(
            candidates: candidates, kept: kept, items: kept.map { candidates.items[$0] },
            scores: kept.map { towerScores[$0] })
    }

    private func outcome(
        _ user: User, _ shortlist: Shortlist, predictions: (Int) -> ArraySlice<Float>,
        factors: CandidateFactors, factorRow: Int
    ) throws -> Outcome {
        var candidates = shortlist.candidates
        let affinities =
            user.row == nil
            ? shortlist.items.map { _ in 0 } : try Affinity.terms(of: shortlist.scores)
        var ranked = CandidateList(
            items: shortlist.items, sources: shortlist.kept.map { candidates.sources[$0] },
            terms: terms(of: shortlist.items, affinities: affinities, predictions: predictions),
            factors: factors.factors(of: shortlist.items, user: factorRow))
        ranked.draws = reranker.draws(for: user.id, of: ranked)
        let list = try reranker.rerank(ranked)
        for (candidate, fate) in zip(shortlist.kept, fates(list)) {
            candidates.end(candidate, fate)
        }
        return Outcome(
            ranked: ranked, list: list,
            because: because(list.items.map(\.item), user.history),
            fates: candidates.fates.map { fates in
                fates.map { fate in
                    guard let fate else { preconditionFailure("a proposal without a fate") }
                    return fate
                }
            })
    }

    /// Ends the candidates that do not pass the first stage and returns the positions of the others.
    private func pass(_ candidates: inout MergedCandidates, _ scores: [Float]) -> [Int] {
        guard candidates.count > firstStage.length else { return Array(0..<candidates.count) }
        var places = firstStage.places
        var passed: [Int] = []
        var others: [Int] = []
        // They stand in the order in which their sources proposed them.
        for position in 0..<candidates.count {
            let left = places[candidates.sources[position]] ?? 0
            if left > 0 && passed.count < firstStage.length {
                places[candidates.sources[position]] = left - 1
                passed.append(position)
            } else {
                others.append(position)
            }
        }
        others.sort {
            scores[$0] == scores[$1]
                ? candidates.items[$0] < candidates.items[$1] : scores[$0] > scores[$1]
        }
        let open = firstStage.length - passed.count
        for position in others[open...] { candidates.end(position, .firstStageScore) }
        return passed + others[..<open]
    }

    private func terms(
        of chosen: [UInt32], affinities: [Float], predictions: (Int) -> ArraySlice<Float>
    ) -> Matrix {
        Matrix(
            rows: chosen.count, columns: 1 + items.terms.columns + taskNames.count,
            elements: chosen.indices.flatMap { row in
                [affinities[row]] + items.terms[row: Int(chosen[row])] + predictions(row)
            })
    }

    /// What became of each row of what was ranked.
    private func fates(_ list: RerankedList) -> [ProposalFate] {
        var fates = list.fates.map { fate -> ProposalFate in
            switch fate {
            case .published: .best
            case .suppressed: .suppressed
            case .creatorCap: .creatorCap
            case .belowLength: .belowLength
            }
        }
        for place in list.items where place.slotKind == .explored {
            fates[place.row] = .exploration
        }
        return fates
    }

    /// The item of the history that has the largest cosine with each item, the newest of equal ones.
    private func because(_ chosen: [UInt32], _ history: [UInt32]) -> [UInt32] {
        guard !history.isEmpty else { return [] }
        return directions.withView { directions in
            chosen.map { item in
                var best = (item: history[0], cosine: -Float.infinity)
                for liked in history {
                    let cosine = Kernels.best.dot(
                        directions.row(Int(item)), directions.row(Int(liked)), directions.columns)
                    if cosine >= best.cosine { best = (liked, cosine) }
                }
                return best.item
            }
        }
    }
}
