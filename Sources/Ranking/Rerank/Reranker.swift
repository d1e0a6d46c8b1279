public import LinearAlgebra

/// Makes the list of a user from candidates, place by place.
///
/// At each place stands the candidate with the largest adjusted score, equal ones by item index:
///
///     adjusted = value × Π order-free multipliers × spacing multiplier × diversity multiplier
///
/// The last two depend on what stands above. The adjusted score at which an item was chosen is its
/// score, so that every score is Σ weight × term × Π multipliers, all of them stored. Scores need not
/// fall from place to place: an exploration slot holds what a random draw put there, and a rule that
/// looks back on the last items forgives what it demoted before.
///
/// A rule gives a factor; ``Factor`` says what it does to a negative value.
///
/// ```swift
/// let reranker = try Reranker(
///     rules: RerankRules(creatorSpacing: CreatorSpacing()), value: value, items: items, length: 100)
/// candidates.draws = reranker.draws(for: userID, of: candidates)
/// let list = try reranker.rerank(candidates)
/// ```
public struct Reranker: Sendable {
    public let rules: RerankRules
    public let value: ValueModel
    public let items: RerankItems
    /// Items in a list, at most.
    public let length: Int

    /// - Throws: `RankingRuleError` where a parameter is out of range, or a rule needs what is not
    ///   known of the items.
    public init(
        rules: RerankRules, value: ValueModel, items: RerankItems, length: Int
    ) throws {
        precondition(length > 0, "a list of \(length) items")
        try rules.validate(with: items)
        self.rules = rules
        self.value = value
        self.items = items
        self.length = length
    }

    /// The rules whose multipliers follow those of the candidates' factors, in their order.
    public var ruleNames: [String] { rules.multiplierNames }

    /// The number of exploration slots: columns of draws.
    public var slotCount: Int { rules.exploration?.slots.places.count ?? 0 }

    /// The random draws of a user's candidates, from a hash of seed, user, item and slot: the same on
    /// every run and whatever else is drawn.
    ///
    /// - Returns: Shape `[candidates, slots]`; 0 for an item that no slot may draw.
    public func draws(for user: Int64, of candidates: CandidateList) -> Matrix {
        var draws = Matrix(rows: candidates.count, columns: slotCount)
        for row in 0..<candidates.count {
            let item = Int(candidates.items[row])
            let id = items.ids[item]
            for slot in 0..<slotCount {
                switch rules.exploration {
                case .epsilon(let rule):
                    draws[row, slot] = rule.draw(user: user, item: id, slot: slot)
                case .thompson(let rule):
                    guard isExplorable(row, of: candidates), let feedback = items.feedback else {
                        continue
                    }
                    draws[row, slot] = rule.draw(
                        user: user, item: id, slot: slot, feedback: feedback[item])
                case nil: break
                }
            }
        }
        return draws
    }

    /// The list of a user.
    ///
    /// - Precondition: Terms are those of the value model, draws those of ``draws(for:of:)``, and items
    ///   are below the number of items.
    /// - Throws: `RankingRuleError` where a value is not finite, a factor is out of range or an item
    ///   stands twice.
    /// - Complexity: O(candidates × length), for a determinantal process × its window.
    public func rerank(_ candidates: CandidateList) throws -> RerankedList {
        candidates.checkShapes()
        precondition(
            candidates.draws.columns == slotCount,
            "draws for \(candidates.draws.columns) of \(slotCount) slots")
        var seen = Set<UInt32>(minimumCapacity: candidates.count)
        for (row, item) in candidates.items.enumerated() {
            precondition(item < items.count, "item \(item) of \(items.count)")
            guard seen.insert(item).inserted else {
                throw RankingRuleError.duplicateItem(row: row)
            }
        }
        let values = value.values(of: candidates.terms)
        for row in 0..<candidates.count {
            guard values[row].isFinite else { throw RankingRuleError.notFinite(row: row) }
            guard candidates.factors[row: row].allSatisfy({ $0 == 0 || FactorRange.contains($0) })
            else { throw RankingRuleError.invalidMultiplier(row: row) }
        }
        var selection = GreedySelection(self, candidates, values: values)
        return selection.run()
    }

    /// Whether a candidate may be in the pool of an exploration slot.
    func isExplorable(_ row: Int, of candidates: CandidateList) -> Bool {
        guard let exploration = rules.exploration,
            exploration.slots.takes(candidates.sources[row])
        else { return false }
        guard case .thompson(let rule) = exploration, let feedback = items.feedback else {
            return true
        }
        return rule.takes(feedback[Int(candidates.items[row])])
    }
}
