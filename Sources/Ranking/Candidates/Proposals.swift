/// What one source proposes for one user.
public struct Proposals: Sendable {
    /// The source: `source_id`.
    public var source: Int16
    /// Items by index, best first; −1 for one that is not among the items.
    public var items: [Int32]

    public init(source: Int16, items: [Int32]) {
        self.source = source
        self.items = items
    }
}

/// The candidates of one user, each item once, and where in the proposals they stand.
public struct MergedCandidates: Sendable {
    /// Items by index, in the order in which sources proposed them.
    public var items: [UInt32] = []
    /// The source that each counts for.
    public var sources: [Int16] = []
    /// The place of each in the list of that source, from 0.
    public var places: [Int32] = []
    /// The list, among those merged, that holds that place.
    public var lists: [Int32] = []
    /// What became of every proposal, list by list; candidates have none yet.
    public var fates: [[ProposalFate?]] = []

    public var count: Int { items.count }

    /// Says what became of a candidate.
    public mutating func end(_ candidate: Int, _ fate: ProposalFate) {
        fates[Int(lists[candidate])][Int(places[candidate])] = fate
    }

    /// Those of some candidates alone, in the order given; the fates of all stay.
    public mutating func keep(_ candidates: [Int]) {
        items = candidates.map { items[$0] }
        sources = candidates.map { sources[$0] }
        places = candidates.map { places[$0] }
        lists = candidates.map { lists[$0] }
    }
}

/// Merges the proposals of several sources, user after user.
///
/// An item that several sources propose counts for the first of them; the other proposals end as
/// duplicates, and so do those that a source makes twice.
///
/// Holds four bytes an item, which make a look-up a read: one merger for each worker.
public struct CandidateMerger: ~Copyable {
    /// The last user for whom each item was a candidate.
    private var stamps: [UInt32]
    private var user: UInt32 = 0

    /// A merger of proposals among `itemCount` items.
    public init(itemCount: Int) {
        stamps = [UInt32](repeating: 0, count: itemCount)
    }

    /// The candidates of the next user.
    ///
    /// - Parameter proposals: By priority: the first counts.
    /// - Precondition: Items are below the item count.
    /// - Complexity: O(n) for n proposals.
    public mutating func merge(_ proposals: [Proposals]) -> MergedCandidates {
        if user == .max {
            for index in stamps.indices { stamps[index] = 0 }
            user = 0
        }
        user += 1
        var merged = MergedCandidates()
        for (list, proposal) in proposals.enumerated() {
            var fates = [ProposalFate?](repeating: nil, count: proposal.items.count)
            for (place, item) in proposal.items.enumerated() {
                guard item >= 0 else {
                    fates[place] = .unknownItem
                    continue
                }
                guard stamps[Int(item)] != user else {
                    fates[place] = .duplicate
                    continue
                }
                stamps[Int(item)] = user
                merged.items.append(UInt32(item))
                merged.sources.append(proposal.source)
                merged.places.append(Int32(place))
                merged.lists.append(Int32(list))
            }
            merged.fates.append(fates)
        }
        return merged
    }
}
