import LinearAlgebra
import VectorIndex

/// What items are found with: exact search, or the lists of an inverted file.
enum CandidateIndex {
    case exact(ExactIndex)
    /// - Parameter allowed: Whether each item may be returned; nil for all.
    case invertedFile(InvertedFileSearcher, probes: Int, allowed: [Bool]?)

    /// Finds the k best items of every query and hands them over block by block; no fewer than exact
    /// search would find.
    ///
    /// - Parameters:
    ///   - queries: Embeddings of users or items, shape `[U × interests, D]`.
    ///   - interests: Embeddings of each, one after the other.
    ///   - excluded: Items to leave out, one strictly ascending list per user or item.
    ///   - deliver: Receives the numbers of some users or items and their lists; an error from it ends
    ///     the search.
    func search(
        _ queries: Matrix, interests: Int = 1, k: Int, excluding excluded: IndexLists,
        threadCount: Int, deliver: (Range<Int>, RankedLists) throws -> Void
    ) throws {
        switch self {
        case .exact(let index):
            try index.search(
                queries, interests: interests, k: k, excluding: excluded,
                settings: ExactSearchSettings(threadCount: threadCount), deliver: deliver)
        case .invertedFile(let searcher, let probes, let allowed):
            try searcher.search(
                queries, interests: interests, k: k, allowed: allowed, excluding: excluded,
                settings: InvertedFileSearchSettings(probes: probes, threadCount: threadCount),
                deliver: deliver)
        }
    }
}
