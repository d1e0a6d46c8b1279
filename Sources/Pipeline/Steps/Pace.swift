/// Lets something through at most once in an interval: lines of progress.
struct Pace {
    private let interval: Duration
    private var last: ContinuousClock.Instant?

    init(_ interval: Duration) {
        self.interval = interval
    }

    /// Whether the interval has passed since this was last true; true the first time.
    mutating func allows() -> Bool {
        let now = ContinuousClock.now
        if let last, now - last < interval { return false }
        last = now
        return true
    }
}
