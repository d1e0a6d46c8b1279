/// Allows a creator so many items in a list; the others are dropped, with that as their fate.
public struct CreatorCap: RankingRule {
    public static let name = "creator_cap"

    /// Items of a creator, at most.
    public var limit: Int

    public init(limit: Int = 10) {
        self.limit = limit
    }

    public func validate() throws {
        try require(limit, in: 1...1_000_000, "limit")
    }
}

extension CreatorCap {
    /// A cap at work on the candidates of a user.
    struct Counter {
        private let groups: CreatorGroups
        private var left: [Int]

        init(_ rule: CreatorCap, groups: CreatorGroups) {
            self.groups = groups
            left = [Int](repeating: rule.limit, count: groups.count)
        }

        /// Learns that a candidate has been given a place.
        ///
        /// - Returns: Whether the cap of its creator is reached by it.
        mutating func choose(_ row: Int) -> Bool {
            guard let group = groups.groupOf[row] else { return false }
            left[group] -= 1
            return left[group] == 0
        }

        /// Whether two candidates have the same creator.
        func shareCreator(_ first: Int, _ second: Int) -> Bool {
            groups.groupOf[first] != nil && groups.groupOf[first] == groups.groupOf[second]
        }
    }
}
