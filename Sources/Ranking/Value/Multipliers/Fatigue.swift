import Foundation

/// Demotes what the user was shown again and again without engaging: max(floor, decay^k) after k
/// such impressions in the window.
public struct Fatigue: RankingRule {
    public static let name = "fatigue"

    /// What each impression without engagement multiplies the value with.
    public var decay: Double
    /// The strongest demotion.
    public var floor: Double
    /// Days over which impressions are counted.
    public var windowDays: Int

    public init(decay: Double = 0.7, floor: Double = 0.1, windowDays: Int = 14) {
        self.decay = decay
        self.floor = floor
        self.windowDays = windowDays
    }

    public func validate() throws {
        try requireDemotion(decay, "decay")
        try requireDemotion(floor, "floor")
        try require(windowDays, in: 1...3_650, "window_days")
    }

    /// - Parameter impressions: Impressions in the window since the user last engaged with the item.
    public func factor(impressions: Int) -> Float {
        Float(max(floor, pow(decay, Double(max(impressions, 0)))))
    }
}
