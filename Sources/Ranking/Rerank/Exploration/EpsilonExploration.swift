import LinearAlgebra

/// Fills a slot with an item of the pool with probability ε, each as likely as the others, and with
/// the best item otherwise (ε-greedy: Sutton, Barto, "Reinforcement Learning", 2.2).
///
/// Each candidate has a uniform draw for each slot. That of the best item says whether the slot
/// explores, and then the largest draw among the others of the pool takes it. So the draws alone
/// reproduce the list, and a propensity is exact: 1 − ε for the best item, ε / m for each of the m
/// others.
public struct EpsilonExploration: RankingRule {
    public static let name = "epsilon_exploration"

    public var slots: ExplorationSlots
    /// The probability that a slot explores.
    public var epsilon: Double

    public init(slots: ExplorationSlots = ExplorationSlots(), epsilon: Double = 0.1) {
        self.slots = slots
        self.epsilon = epsilon
    }

    public func validate() throws {
        try slots.validate(for: self)
        try require(epsilon, in: 0...1, "epsilon")
    }

    /// The draw of an item: uniform in [0, 1).
    func draw(user: Int64, item: Int64, slot: Int) -> Float {
        var generator = slots.generator(user: user, item: item, slot: slot)
        return generator.uniform()
    }

    /// What stands in a slot.
    ///
    /// - Parameters:
    ///   - best: The row of the best item, in the pool or not.
    ///   - pool: Rows, best first.
    ///   - draw: The draw of a row.
    func choose(best: Int, pool: [Int], draw: (Int) -> Float) -> SlotChoice {
        let others = pool.filter { $0 != best }
        guard let first = others.first, epsilon > 0 else { return .best(best) }
        guard Double(draw(best)) < epsilon else {
            return SlotChoice(row: best, propensity: 1 - epsilon, kind: .exploited)
        }
        let row = others.dropFirst().reduce(first) { draw($1) > draw($0) ? $1 : $0 }
        return SlotChoice(row: row, propensity: epsilon / Double(others.count), kind: .explored)
    }
}
