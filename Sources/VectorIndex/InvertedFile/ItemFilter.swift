import LinearAlgebra

/// Which items may be returned to which user.
struct ItemFilter: Sendable {
    private let allowed: [Bool]?
    private let excluded: IndexLists?

    init(allowed: [Bool]?, excluded: IndexLists?, itemCount: Int, userCount: Int) {
        if let allowed {
            precondition(
                allowed.count == itemCount, "mask of \(allowed.count) items for \(itemCount)")
        }
        if let excluded {
            precondition(
                excluded.count == userCount,
                "\(excluded.count) lists of excluded items for \(userCount) users")
            precondition(excluded.isStrictlyAscending, "excluded items must ascend in every row")
        }
        self.allowed = allowed
        self.excluded = excluded
    }

    /// Whether a user may be given everything.
    func isOpen(_ user: Int) -> Bool {
        allowed == nil && (excluded?[user].isEmpty ?? true)
    }

    /// Whether a user may be given an item.
    func accepts(_ item: UInt32, user: Int) -> Bool {
        if let allowed, !allowed[Int(item)] { return false }
        guard let excluded else { return true }
        var (low, high) = (excluded.offsets[user], excluded.offsets[user + 1])
        while low < high {
            let middle = (low + high) / 2
            if excluded.values[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low == excluded.offsets[user + 1] || excluded.values[low] != item
    }
}
