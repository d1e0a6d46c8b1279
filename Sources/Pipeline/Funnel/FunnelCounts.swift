import Ranking

/// How many proposals of each source ended where.
struct FunnelCounts {
    struct Key: Hashable {
        var source: Int16
        var fate: ProposalFate
    }

    private var counts: [Key: Int] = [:]

    /// Counts what became of the proposals of a source to a user.
    mutating func add(_ fates: [ProposalFate], of source: Int16) {
        for fate in fates { counts[Key(source: source, fate: fate), default: 0] += 1 }
    }

    /// By source and fate.
    var sorted: [(key: Key, count: Int)] {
        counts.sorted {
            ($0.key.source, $0.key.fate.rawValue) < ($1.key.source, $1.key.fate.rawValue)
        }.map { ($0.key, $0.value) }
    }
}
