public import LinearAlgebra

/// Takes candidates out before they are ranked, and says why.
///
/// Three kinds of reasons: an item is out for everybody; an item is out for one user; an item has a
/// trait (a language, a creator, a tag) that the user refuses. A candidate with several reasons
/// carries that of the filter that comes first.
public struct CandidateFilter: Sendable {
    /// A filter by traits.
    public struct Traits: Sendable {
        /// The traits of each item, ascending.
        public var ofItems: IndexLists
        /// The traits that each user refuses, ascending.
        public var refused: IndexLists

        /// - Parameters:
        ///   - ofItems: One row per item.
        ///   - refused: One row per user.
        public init(ofItems: IndexLists, refused: IndexLists) {
            self.ofItems = ofItems
            self.refused = refused
        }
    }

    /// What one filter takes out.
    public enum Rule: Sendable {
        /// For everybody: one value per item.
        case items([Bool])
        /// For each user some items, ascending.
        case pairs(IndexLists)
        case traits(Traits)
    }

    private let rules: [(fate: ProposalFate, rule: Rule)]

    /// - Parameter rules: In the order in which their reasons count.
    public init(_ rules: [(fate: ProposalFate, rule: Rule)]) {
        self.rules = rules
    }

    /// Ends the candidates of a user that a filter takes out, and keeps the others in their order.
    ///
    /// - Parameter user: The row of the user in the lists of the rules.
    /// - Complexity: O(c (log p + t log r)) for c candidates, p items that are out for the user, t traits
    ///   an item and r that the user refuses.
    public func apply(to candidates: inout MergedCandidates, ofUser user: Int) {
        guard !rules.isEmpty else { return }
        var kept: [Int] = []
        kept.reserveCapacity(candidates.count)
        for (candidate, item) in candidates.items.enumerated() {
            if let fate = reason(item, user) {
                candidates.end(candidate, fate)
            } else {
                kept.append(candidate)
            }
        }
        if kept.count < candidates.count { candidates.keep(kept) }
    }

    /// Whether any filter takes an item out for a user.
    ///
    /// - Parameter user: The row of the user in the lists of the rules.
    public func refuses(_ item: UInt32, ofUser user: Int) -> Bool { reason(item, user) != nil }

    private func reason(_ item: UInt32, _ user: Int) -> ProposalFate? {
        rules.first { _, rule in
            switch rule {
            case .items(let isOut): isOut[Int(item)]
            case .pairs(let pairs): pairs.position(of: item, row: user) != nil
            case .traits(let traits):
                !traits.refused[user].isEmpty
                    && traits.ofItems[Int(item)].contains {
                        traits.refused.position(of: $0, row: user) != nil
                    }
            }
        }?.fate
    }
}
