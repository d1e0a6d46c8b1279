/// Demotes items that carry policy flags. What must not be shown at all is the work of a filter.
public struct PolicyDemotion: RankingRule {
    public static let name = "policy_demotion"

    /// What the value of an item with a flag is multiplied with, by flag.
    public var multipliers: [String: Double]

    public init(multipliers: [String: Double]) {
        self.multipliers = multipliers
    }

    public func validate() throws {
        for multiplier in multipliers.values { try requireDemotion(multiplier, "multipliers") }
    }

    /// The strongest demotion among the flags: several flags often say the same thing.
    ///
    /// - Parameter flags: Flags of an item; those without a multiplier demote nothing.
    public func factor(flags: some Sequence<String>) -> Float {
        Float(flags.reduce(1) { min($0, multipliers[$1] ?? 1) })
    }
}
