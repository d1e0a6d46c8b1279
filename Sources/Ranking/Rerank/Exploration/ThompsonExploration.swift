import LinearAlgebra

/// Gives a slot to the item of the pool whose rate of engagement may be the highest (Thompson 1933;
/// Chapelle, Li, "An empirical evaluation of Thompson sampling", 2011).
///
/// What is known of the rate of an item that was shown n times, p of them with engagement, is the
/// distribution Beta(α + p, β + n − p). Each candidate of the pool draws a rate from it for each user
/// and slot, and the largest draw takes the slot: items that nobody knows yet are tried often, those
/// that proved dull seldom.
///
/// The propensity of an item is the probability that its rate comes out largest. It is estimated from
/// `samples` rates for each item of the pool, the same for all users (common random numbers), so it is
/// the same on every run. With a share p̂ of the samples and a pool of m items it is
/// (samples · p̂ + 1/m) / (samples + 1): one sample more, shared by all, so that no item that is shown
/// has a propensity of 0. Its standard error is about √(p (1 − p) / samples).
public struct ThompsonExploration: RankingRule {
    public static let name = "thompson_exploration"

    public var slots: ExplorationSlots
    /// Engagements that every item is credited with.
    public var alpha: Double
    /// Exposures without engagement that every item is charged with.
    public var beta: Double
    /// Only items that were shown less often are tried.
    public var exposureLimit: Int
    /// Rates for each item of the pool from which propensities are estimated.
    public var samples: Int

    public init(
        slots: ExplorationSlots = ExplorationSlots(), alpha: Double = 1, beta: Double = 10,
        exposureLimit: Int = 1_000, samples: Int = 500
    ) {
        self.slots = slots
        self.alpha = alpha
        self.beta = beta
        self.exposureLimit = exposureLimit
        self.samples = samples
    }

    public func validate() throws {
        try slots.validate(for: self)
        try require(alpha, in: 0.1...1e6, "alpha")
        try require(beta, in: 0.1...1e6, "beta")
        try require(exposureLimit, in: 1...Int(UInt32.max), "exposure_limit")
        try require(samples, in: 100...1_000_000, "samples")
    }

    /// Whether an item may be tried.
    func takes(_ feedback: RerankItems.Feedback) -> Bool {
        feedback.exposures < exposureLimit
    }

    /// The draw of an item: a rate.
    func draw(
        user: Int64, item: Int64, slot: Int, feedback: RerankItems.Feedback
    ) -> Float {
        var generator = slots.generator(user: user, item: item, slot: slot)
        return Float(posterior(of: feedback).sample(using: &generator))
    }

    /// What stands in a slot.
    ///
    /// - Parameters:
    ///   - best: The row of the best item, which stands there when the pool is empty.
    ///   - pool: Rows and items, best first.
    ///   - draw: The draw of a row.
    func choose(
        best: Int, pool: [(row: Int, item: UInt32)], catalogue: RerankItems, draw: (Int) -> Float
    ) -> SlotChoice {
        guard !pool.isEmpty else { return .best(best) }
        let winner = pool.indices.dropFirst().reduce(0) {
            draw(pool[$1].row) > draw(pool[$0].row) ? $1 : $0
        }
        let propensity = propensities(of: pool.map(\.item), in: catalogue)[winner]
        return SlotChoice(row: pool[winner].row, propensity: propensity, kind: .explored)
    }

    /// The probability of each item of a pool to be taken; they add up to 1.
    func propensities(of pool: [UInt32], in catalogue: RerankItems) -> [Double] {
        guard pool.count > 1, let feedback = catalogue.feedback else {
            return pool.map { _ in 1 }
        }
        var largest = [Float](repeating: -1, count: samples)
        var winners = [Int](repeating: 0, count: samples)
        for (place, item) in pool.enumerated() {
            var generator = slots.commonGenerator(item: catalogue.ids[Int(item)])
            let posterior = posterior(of: feedback[Int(item)])
            for sample in 0..<samples {
                let rate = Float(posterior.sample(using: &generator))
                if rate > largest[sample] { (largest[sample], winners[sample]) = (rate, place) }
            }
        }
        var counts = [Double](repeating: 1 / Double(pool.count), count: pool.count)
        for winner in winners { counts[winner] += 1 }
        return counts.map { $0 / Double(samples + 1) }
    }

    private func posterior(of feedback: RerankItems.Feedback) -> BetaDistribution {
        BetaDistribution(
            alpha: alpha + Double(feedback.positives),
            beta: beta + Double(feedback.exposures - feedback.positives))
    }
}
