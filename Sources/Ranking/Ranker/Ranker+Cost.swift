extension Ranker {
    /// Multiplications that the matrix products of scoring take.
    ///
    /// - Parameters:
    ///   - candidates: Candidates in all.
    ///   - contexts: Contexts in all, each computed once.
    ///   - events: Events of the histories of all contexts, no more than `historyLength` of each.
    ///   - pairs: Candidates times events of their context, over all contexts.
    package func multiplications(
        candidates: Int, contexts: Int, events: Int, pairs: Int
    ) -> Double {
        let (mixture, cross) = (architecture.mixture, architecture.cross)
        let shared = mixture.experts * (mixture.hiddenWidth + mixture.tasks)
        let first = shared + (cross.layerCount > 0 ? cross.rank : 0)
        let own = architecture.ownColumns.count
        var each = own * first + architecture.width * mixture.tasks
        each += max(2 * cross.layerCount - 1, 0) * cross.width * cross.rank
        each += mixture.experts * mixture.hiddenWidth * mixture.width
        each += mixture.tasks * mixture.headWidth * (mixture.width + 1)
        each += architecture.content.map { $0.inputs * $0.outputs } ?? 0
        var total = Double(candidates * each + contexts * architecture.context.width * first)
        if let attention = architecture.attention {
            total += Double(candidates * attention.query.inputs * attention.width)
            total += Double(events * attention.query.inputs * 2 * attention.width)
            total += Double(pairs * 2 * attention.width)
        }
        return total
    }
}
