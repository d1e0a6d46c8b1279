/// What became of a candidate. Every candidate has exactly one fate.
public enum CandidateFate: String, CaseIterable, Sendable {
    /// It stands in the list.
    case published
    /// One of its factors is 0.
    case suppressed
    /// The list has as many items of its creator as are allowed.
    case creatorCap = "creator_cap"
    /// Others filled the list.
    case belowLength = "below_length"
}

/// How an item came to its place.
public enum SlotKind: Int16, CaseIterable, Sendable {
    /// By the largest adjusted score.
    case ranked = 0
    /// By a random draw.
    case explored = 1
    /// By the largest adjusted score, where a random draw might have put another: an epsilon slot.
    case exploited = 2
}

/// An item of a re-ranked list.
public struct RerankedItem: Hashable, Sendable {
    /// The row of the candidate.
    public var row: Int
    /// Index of the item.
    public var item: UInt32
    /// The source that proposed it.
    public var source: Int16
    /// Σ weight × term.
    public var value: Double
    /// The value times its multipliers in their order.
    public var score: Double
    /// The probability that this item stands here, given those above: 1 where nothing is random.
    public var propensity: Float
    public var slotKind: SlotKind
}

/// What a re-ranker made of the candidates of a user.
public struct RerankedList: Equatable, Sendable {
    /// The items, first place first; scores may rise from one to the next where a rule moved them.
    public internal(set) var items: [RerankedItem] = []
    /// The multipliers of each item, shape `[items, rules]`: those of the factors given with the
    /// candidates, then those of ``Reranker/ruleNames``.
    public internal(set) var multipliers: [Float] = []
    /// What became of each candidate, by row.
    public internal(set) var fates: [CandidateFate] = []
}
