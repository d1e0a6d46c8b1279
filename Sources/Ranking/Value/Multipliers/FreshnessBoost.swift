import Foundation

/// Lifts new items: 1 + boost × 2^(−age / half-life).
public struct FreshnessBoost: RankingRule {
    public static let name = "freshness_boost"

    /// What an item just published gains, as a share of its value.
    public var boost: Double
    /// The age at which half of the gain is left, in hours.
    public var halfLifeHours: Double

    public init(boost: Double = 0.2, halfLifeHours: Double = 24) {
        self.boost = boost
        self.halfLifeHours = halfLifeHours
    }

    public func validate() throws {
        try require(boost, in: 0...100, "boost")
        try require(halfLifeHours, in: 0.01...1e6, "half_life_hours")
    }

    /// - Parameter ageHours: Hours since the item was published; nil where nobody knows, which lifts
    ///   nothing.
    public func factor(ageHours: Double?) -> Float {
        guard let ageHours else { return 1 }
        return Float(1 + boost * exp2(-max(ageHours, 0) / halfLifeHours))
    }
}
