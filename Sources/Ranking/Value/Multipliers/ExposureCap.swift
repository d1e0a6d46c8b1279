/// Demotes what is shown more than its share, so that no item takes over a day:
/// max(floor, largest share / share) for an item with a larger share of the exposures.
///
/// An item at twice the largest share weighs half: what it would gain by being shown more, it loses.
public struct ExposureCap: RankingRule {
    public static let name = "exposure_cap"

    /// The share of a day's exposures that an item may have.
    public var largestShare: Double
    /// The strongest demotion.
    public var floor: Double

    public init(largestShare: Double = 0.01, floor: Double = 0.2) {
        self.largestShare = largestShare
        self.floor = floor
    }

    public func validate() throws {
        try require(largestShare, in: 0.000_001...1, "largest_share")
        try requireDemotion(floor, "floor")
    }

    /// - Parameter share: Exposures of the item on the last day over those of all items, 0 to 1.
    public func factor(share: Double) -> Float {
        share > largestShare ? Float(max(floor, largestShare / share)) : 1
    }
}
