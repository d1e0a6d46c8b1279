import LinearAlgebra

/// Measures how much of exact search an inverted file finds.
public struct RecallMeter: Sendable {
    private let queries: Matrix
    private let excluded: IndexLists?
    private let cutoffs: [Int]
    private let expected: RankedLists
    private let settings: InvertedFileSearchSettings

    /// Finds what a search should find.
    ///
    /// - Parameters:
    ///   - exact: An index of the same items, with the same similarity.
    ///   - queries: What to measure with, shape `[Q, D]`: embeddings of real users.
    ///   - excluded: Items to leave out, one strictly ascending list per query; nil for none.
    ///   - cutoffs: Lengths of lists to measure, ascending.
    ///   - settings: How to search; the number of probes is the meter's to choose.
    /// - Throws: `VectorIndexError` when an embedding is of another length, not finite or too large.
    public init(
        exact: ExactIndex, queries: Matrix, excluding excluded: IndexLists? = nil,
        cutoffs: [Int] = [10, 100],
        settings: InvertedFileSearchSettings = InvertedFileSearchSettings(probes: 1)
    ) throws {
        precondition(
            !cutoffs.isEmpty && cutoffs.allSatisfy { $0 > 0 }, "cutoffs \(cutoffs) of recall")
        self.queries = queries
        self.excluded = excluded
        self.cutoffs = cutoffs
        self.settings = settings
        expected = try exact.search(
            queries, k: cutoffs.max()!, excluding: excluded,
            settings: ExactSearchSettings(threadCount: settings.threadCount))
    }

    /// The recall at 1, 2, 4, … probes and at all lists.
    ///
    /// - Parameter stop: Ends the curve at the first number of probes whose points it accepts; nil to
    ///   go up to all lists.
    public func measure(
        _ searcher: InvertedFileSearcher, until stop: ((RecallCurve) -> Bool)? = nil
    ) throws -> RecallCurve {
        let listCount = searcher.file.lists.count
        var points: [RecallPoint] = []
        var probes = 1
        while listCount > 0 && queries.rows > 0 {
            points += try measure(searcher, probes: min(probes, listCount))
            if probes >= listCount { break }
            if let stop, stop(RecallCurve(points: points, queryCount: queries.rows)) { break }
            probes *= 2
        }
        return RecallCurve(points: points, queryCount: queries.rows)
    }

    /// The recall at one number of probes, a point for each cutoff.
    public func measure(_ searcher: InvertedFileSearcher, probes: Int) throws -> [RecallPoint] {
        var settings = settings
        settings.probes = probes
        let found = try searcher.search(
            queries, k: cutoffs.max()!, excluding: excluded, settings: settings)
        return cutoffs.map { cutoff in
            let shares = RecallShares(of: found, expected: expected, cutoff: cutoff)
            return RecallPoint(
                probes: probes, cutoff: cutoff, mean: shares.mean,
                fifthPercentile: shares.fifthPercentile, minimum: shares.minimum)
        }
    }
}
