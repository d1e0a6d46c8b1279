/// Demotes items whose creator the user neither follows nor engages with.
public struct OutOfNetwork: RankingRule {
    public static let name = "out_of_network"

    /// What the value of such an item is multiplied with.
    public var multiplier: Double

    public init(multiplier: Double = 0.75) {
        self.multiplier = multiplier
    }

    public func validate() throws {
        try requireDemotion(multiplier, "multiplier")
    }

    /// - Parameter isInNetwork: Whether the user follows or engages with the creator.
    public func factor(isInNetwork: Bool) -> Float {
        isInNetwork ? 1 : Float(multiplier)
    }
}
