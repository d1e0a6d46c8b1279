import LinearAlgebra

/// The work of a re-ranker on the candidates of one user.
struct GreedySelection {
    private let reranker: Reranker
    private let candidates: CandidateList
    private let values: [Double]
    /// Values times the order-free multipliers.
    private let base: [Double]
    /// Rules whose factors depend on what was chosen, in the order of ``Reranker/ruleNames``.
    private var rules: [any SequentialRule] = []
    private var cap: CreatorCap.Counter?
    /// Rows that may still be chosen.
    private var remaining: [Int] = []
    /// Adjusted scores for the next place, by row; those of the remaining are up to date.
    private var adjusted: [Double]
    private var list = RerankedList()

    init(_ reranker: Reranker, _ candidates: CandidateList, values: [Double]) {
        self.reranker = reranker
        self.candidates = candidates
        self.values = values
        base = (0..<candidates.count).map { row in
            ValueModel.score(
                value: values[row],
                multipliers: candidates.factors[row: row].lazy.map {
                    Factor.multiplier($0, value: values[row])
                })
        }
        adjusted = base
        for row in 0..<candidates.count {
            let isSuppressed = candidates.factors[row: row].contains(0)
            list.fates.append(isSuppressed ? .suppressed : .belowLength)
            if !isSuppressed { remaining.append(row) }
        }
        addRules()
    }

    private mutating func addRules() {
        let (asked, items) = (reranker.rules, reranker.items)
        if asked.creatorSpacing != nil || asked.creatorCap != nil, let creators = items.creators {
            let groups = CreatorGroups(items: candidates.items, creators: creators)
            if let rule = asked.creatorSpacing {
                rules.append(CreatorSpacing.Spacing(rule, groups: groups))
            }
            cap = asked.creatorCap.map { CreatorCap.Counter($0, groups: groups) }
        }
        switch asked.diversity {
        case .marginalRelevance(let rule):
            guard let tags = items.tags else { preconditionFailure("items without tags") }
            rules.append(
                MaximalMarginalRelevance.Marginals(rule, items: candidates.items, tags: tags))
        case .determinantal(let rule):
            rules.append(
                DeterminantalPointProcess.Process(rule, items: candidates.items, catalogue: items))
        case nil: break
        }
    }

    mutating func run() -> RerankedList {
        list.items.reserveCapacity(min(reranker.length, remaining.count))
        while list.items.count < reranker.length, !remaining.isEmpty {
            adjust()
            take(choice())
        }
        return list
    }

    /// Brings the adjusted scores of the remaining up to date.
    private mutating func adjust() {
        for row in remaining { adjusted[row] = base[row] }
        for rule in rules {
            let factors = rule.factors
            for row in remaining {
                adjusted[row] *= Double(Factor.multiplier(factors[row], value: values[row]))
            }
        }
    }

    /// Whether a candidate ranks before another.
    private func precedes(_ first: Int, _ second: Int) -> Bool {
        adjusted[first] == adjusted[second]
            ? candidates.items[first] < candidates.items[second]
            : adjusted[first] > adjusted[second]
    }

    /// What stands at the next place.
    private func choice() -> SlotChoice {
        let best = remaining.dropFirst().reduce(remaining[0]) { precedes($1, $0) ? $1 : $0 }
        guard let exploration = reranker.rules.exploration,
            let slot = exploration.slots.places.firstIndex(of: list.items.count + 1)
        else { return .best(best) }
        let pool = remaining.filter { reranker.isExplorable($0, of: candidates) }
            .sorted(by: precedes).prefix(exploration.slots.poolSize)
        let draw = { (row: Int) in candidates.draws[row, slot] }
        switch exploration {
        case .epsilon(let rule):
            return rule.choose(best: best, pool: Array(pool), draw: draw)
        case .thompson(let rule):
            return rule.choose(
                best: best, pool: pool.map { ($0, candidates.items[$0]) },
                catalogue: reranker.items, draw: draw)
        }
    }

    /// Gives a candidate the next place.
    private mutating func take(_ choice: SlotChoice) {
        let row = choice.row
        list.items.append(
            RerankedItem(
                row: row, item: candidates.items[row], source: candidates.sources[row],
                value: values[row], score: adjusted[row], propensity: Float(choice.propensity),
                slotKind: choice.kind))
        list.multipliers += candidates.factors[row: row].map {
            Factor.multiplier($0, value: values[row])
        }
        list.multipliers += rules.map { Factor.multiplier($0.factors[row], value: values[row]) }
        list.fates[row] = .published
        remaining.removeAll { $0 == row }
        if let isFull = cap?.choose(row), isFull, let cap {
            for other in remaining where cap.shareCreator(row, other) {
                list.fates[other] = .creatorCap
            }
            remaining.removeAll { cap.shareCreator(row, $0) }
        }
        for index in rules.indices { rules[index].choose(row, remaining: remaining) }
    }
}
