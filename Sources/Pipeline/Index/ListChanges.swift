import VectorIndex

/// How the lists of an index differ from those of the one before it.
struct ListChanges: Equatable {
    /// Items that the one before did not have.
    var added = 0
    /// Items that it had and this one has not.
    var removed = 0
    /// Items that stand in another list.
    var moved = 0

    /// - Parameters:
    ///   - prior: The list of every item before.
    ///   - file: The index; of items known by their place in `ids`.
    ///   - sharesLists: Whether both have the same centroids, so that lists can be compared.
    init(from prior: [Int64: Int32], to file: InvertedFile, ids: [Int64], sharesLists: Bool) {
        var kept = 0
        for list in 0..<file.lists.count {
            for item in file.lists[list] {
                guard let before = prior[ids[Int(item)]] else {
                    added += 1
                    continue
                }
                kept += 1
                if sharesLists, Int(before) != list { moved += 1 }
            }
        }
        removed = prior.count - kept
    }
}
