/// Remembers that a user asked to see less of an item, a creator or a tag: not at all for some days,
/// then little, and slowly more.
///
/// The factor is 0 for `hardDays`, then rises in a line from `start` to 1 within `recoveryDays`. The
/// default times are those of x-algorithm, the published ranking of X: 14 days, and 140 from 0.2.
public struct HideMemory: RankingRule {
    public static let name = "hide_memory"

    /// Days for which nothing of it is shown.
    public var hardDays: Double
    /// The factor after them.
    public var start: Double
    /// Days from there to a factor of 1.
    public var recoveryDays: Double

    public init(hardDays: Double = 14, start: Double = 0.2, recoveryDays: Double = 140) {
        self.hardDays = hardDays
        self.start = start
        self.recoveryDays = recoveryDays
    }

    public func validate() throws {
        try require(hardDays, in: 0...36_500, "hard_days")
        try requireDemotion(start, "start")
        try require(recoveryDays, in: 0.01...36_500, "recovery_days")
    }

    /// - Parameter daysSinceHide: Days since the newest hide that concerns the item; nil without one.
    /// - Returns: 0, by which the item is not shown, or a factor up to 1.
    public func factor(daysSinceHide: Double?) -> Float {
        guard let daysSinceHide else { return 1 }
        let recovering = max(daysSinceHide, 0) - hardDays
        guard recovering >= 0 else { return 0 }
        return Float(start + (1 - start) * min(recovering / recoveryDays, 1))
    }
}
