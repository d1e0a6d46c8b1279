/// The candidates of a user by their creators, numbered from 0.
struct CreatorGroups {
    /// The group of each candidate; nil where nobody knows the creator.
    let groupOf: [Int?]
    private(set) var count = 0

    /// - Parameters:
    ///   - items: Item indexes of the candidates.
    ///   - creators: By item index; −1 where nobody knows.
    init(items: [UInt32], creators: [Int32]) {
        var groups: [Int32: Int] = [:]
        groupOf = items.map { item in
            let creator = creators[Int(item)]
            guard creator >= 0 else { return nil }
            if let group = groups[creator] { return group }
            groups[creator] = groups.count
            return groups.count - 1
        }
        count = groups.count
    }
}
