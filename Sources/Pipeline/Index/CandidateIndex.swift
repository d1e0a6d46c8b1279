import LinearAlgebra
import VectorIndex

/// What candidates of users are found with: exact search, or the index of the publication.
enum CandidateIndex {
    case exact(ExactIndex)
    /// - Parameter allowed: Whether each item may be returned.
    case invertedFile(InvertedFileSearcher, probes: Int, allowed: [Bool])

    /// Finds the k best items of every user; no fewer than exact search would find.
    ///
    /// - Parameters:
    ///   - known: Items to leave out, one strictly ascending list per user.
    ///   - onBlock: Called after every block of users; an error from it ends the search.
    func search(
        _ users: UserEmbeddings, k: Int, excluding known: IndexLists, threadCount: Int,
        onBlock: () throws -> Void
    ) throws -> RankedLists {
        var lists: [RankedLists] = []
        func deliver(_: Range<Int>, _ block: RankedLists) throws {
            try onBlock()
            lists.append(block)
        }
        switch self {
        case .exact(let index):
            try index.search(
                users.matrix, interests: users.interestCount, k: k, excluding: known,
                settings: ExactSearchSettings(threadCount: threadCount), deliver: deliver)
        case .invertedFile(let searcher, let probes, let allowed):
            try searcher.search(
                users.matrix, interests: users.interestCount, k: k, allowed: allowed,
                excluding: known,
                settings: InvertedFileSearchSettings(probes: probes, threadCount: threadCount),
                deliver: deliver)
        }
        return RankedLists(joining: lists)
    }
}
