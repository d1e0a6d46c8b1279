import LinearAlgebra

/// Spreads tags over a list by maximal marginal relevance (Carbonell, Goldstein 1998), as a factor.
///
/// MMR chooses next the item with the largest λ · r − (1 − λ) · max s, where r is its relevance and s
/// its similarity to an item above it. Here r is a score of any scale, while s lies in [0, 1]; so
/// that no λ has to be found for each scale, the similarity costs a share of the item's own relevance,
/// r · s in place of s. Divided by λ, which changes no order, that is
///
///     r · (1 − strength · max s)     with strength = (1 − λ) / λ,
///
/// a factor in (0, 1] for λ above ½: the published score remains value × Π multipliers, and its
/// multiplier says how much an item lost for being like the ones above it.
///
/// The similarity is that of the sets of tags: |A ∩ B| / |A ∪ B|. Only the last items are looked back
/// upon: what stands twenty places higher bores nobody, and in a long list all would be demoted alike.
public struct MaximalMarginalRelevance: RankingRule {
    public static let name = "mmr"

    /// The share of its score that an item loses whose tags are those of an item above it.
    public var strength: Double
    /// How many items above are looked back upon.
    public var window: Int

    public init(strength: Double = 0.3, window: Int = 10) {
        self.strength = strength
        self.window = window
    }

    public func validate() throws {
        try require(strength, in: 0...0.99, "strength")
        try require(window, in: 1...1_000, "window")
    }
}

extension MaximalMarginalRelevance {
    /// MMR at work on the candidates of a user.
    struct Marginals: SequentialRule {
        private let rule: MaximalMarginalRelevance
        private let tags: [ArraySlice<UInt32>]
        /// Similarities to the last items, shape `[window, candidates]`; the oldest row is next.
        private var similarities: [Double]
        private var next = 0
        private(set) var factors: [Float]

        init(_ rule: MaximalMarginalRelevance, items: [UInt32], tags: IndexLists) {
            self.rule = rule
            self.tags = items.map { tags[Int($0)] }
            similarities = [Double](repeating: 0, count: rule.window * items.count)
            factors = [Float](repeating: 1, count: items.count)
        }

        mutating func choose(_ row: Int, remaining: [Int]) {
            let count = factors.count
            let start = next * count
            let chosen = tags[row]
            for other in remaining {
                similarities[start + other] = SetSimilarity.jaccard(chosen, tags[other])
                var largest = 0.0
                for place in 0..<rule.window {
                    largest = max(largest, similarities[place * count + other])
                }
                factors[other] = Float(1 - rule.strength * largest)
            }
            next = (next + 1) % rule.window
        }
    }
}
