import Foundation

/// Spreads the items of a creator over a list: each one demotes the next.
///
/// With k items of the creator above, the factor is (1 − floor) · decay^k + floor. The default numbers
/// are those of x-algorithm, the published ranking of X.
public struct CreatorSpacing: RankingRule {
    public static let name = "creator_spacing"

    /// What an item takes from the next, above the floor.
    public var decay: Double
    /// The strongest demotion.
    public var floor: Double

    public init(decay: Double = 0.5, floor: Double = 0.25) {
        self.decay = decay
        self.floor = floor
    }

    public func validate() throws {
        try require(decay, in: 0...1, "decay")
        try requireDemotion(floor, "floor")
    }

    /// The factor of an item.
    ///
    /// - Parameter above: Items of its creator above it.
    public func factor(above: Int) -> Float {
        Float((1 - floor) * pow(decay, Double(above)) + floor)
    }
}

extension CreatorSpacing {
    /// Creator spacing at work on the candidates of a user.
    struct Spacing: SequentialRule {
        private let rule: CreatorSpacing
        private let groups: CreatorGroups
        private var counts: [Int]
        private(set) var factors: [Float]

        init(_ rule: CreatorSpacing, groups: CreatorGroups) {
            self.rule = rule
            self.groups = groups
            counts = [Int](repeating: 0, count: groups.count)
            factors = [Float](repeating: rule.factor(above: 0), count: groups.groupOf.count)
        }

        mutating func choose(_ row: Int, remaining: [Int]) {
            guard let group = groups.groupOf[row] else { return }
            counts[group] += 1
            let factor = rule.factor(above: counts[group])
            for other in remaining where groups.groupOf[other] == group { factors[other] = factor }
        }
    }
}
