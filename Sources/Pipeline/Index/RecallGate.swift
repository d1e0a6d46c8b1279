import LinearAlgebra
import VectorIndex

/// Measures how much of the exact result an index finds for some queries, and decides how many lists a
/// search has to read.
struct RecallGate {
    let settings: IndexSettings
    /// The items of the index, shape `[N, D]`.
    let items: Matrix
    /// Embeddings of some users, or of some of the items, shape `[Q, D]`.
    let queries: Matrix
    /// Items that each query leaves out; nil for none.
    var excluded: IndexLists?
    let threadCount: Int

    /// What was measured, and what follows.
    struct Outcome {
        /// Nil where there is nothing to measure: one list, or no query.
        var curve: RecallCurve?
        /// The fewest probes that reach the target; nil where none do.
        var probes: Int?
    }

    /// - Complexity: an exact search for all queries, and one of the index at each number of probes.
    func measure(_ file: InvertedFile) throws -> Outcome {
        guard file.lists.count > 1, queries.rows > 0 else {
            return Outcome(curve: nil, probes: file.lists.count)
        }
        let meter = try RecallMeter(
            exact: try ExactIndexBuilder(similarity: file.parameters.similarity).build(
                items: items),
            queries: queries, excluding: excluded,
            cutoffs: Set([10, settings.recallCutoff]).sorted(),
            settings: InvertedFileSearchSettings(probes: 1, threadCount: threadCount))
        let limit = settings.largestProbes(ofLists: file.lists.count)
        let curve = try meter.measure(
            try InvertedFileSearcher(file, vectors: items, threadCount: threadCount),
            // The next point reads twice as many lists.
            until: { chosenProbes($0) != nil || 2 * ($0.points.last?.probes ?? 1) > limit })
        return Outcome(curve: curve, probes: chosenProbes(curve))
    }

    private func chosenProbes(_ curve: RecallCurve) -> Int? {
        curve.smallestProbes(
            cutoff: settings.recallCutoff, mean: settings.recallMean,
            fifthPercentile: settings.recallFifthPercentile)
    }
}
