import LinearAlgebra

/// Where exploration happens and among what.
///
/// At each of the places an item of a pool may stand that did not earn the place by its score. The
/// pool is made of the candidates of some sources, such as that of fresh items, the best of them by
/// adjusted score: what a user is tried with is at least near to what suits them.
public struct ExplorationSlots: Codable, Hashable, Sendable {
    /// Places in the list, from 1, ascending.
    public var places: [Int]
    /// Sources whose candidates may be tried; all when empty.
    public var sources: [Int16]
    /// Candidates in the pool, at most.
    public var poolSize: Int
    /// Makes the random draws; another seed draws anew.
    public var seed: UInt64

    public init(places: [Int] = [15], sources: [Int16] = [], poolSize: Int = 20, seed: UInt64 = 1) {
        self.places = places
        self.sources = sources
        self.poolSize = poolSize
        self.seed = seed
    }

    func validate<Rule: RankingRule>(for rule: Rule) throws {
        guard let first = places.first, first >= 1, zip(places, places.dropFirst()).allSatisfy(<)
        else {
            throw RankingRuleError.invalidParameter(
                "slots.places", of: Rule.name, allowed: "one place or more from 1, ascending")
        }
        try rule.require(places.count, in: 1...1_000, "slots.places")
        try rule.require(poolSize, in: 1...10_000, "slots.pool_size")
    }

    /// Whether candidates of a source may be tried.
    func takes(_ source: Int16) -> Bool { sources.isEmpty || sources.contains(source) }

    /// A generator for the draw of an item in a slot for a user: the same whatever was drawn before.
    func generator(user: Int64, item: Int64, slot: Int) -> SeededGenerator {
        SeededGenerator(
            seed: Self.mixed(seed, UInt64(bitPattern: user)),
            stream: Self.mixed(UInt64(slot) + 1, UInt64(bitPattern: item)))
    }

    /// A generator of an item for all users: common random numbers of an estimate.
    func commonGenerator(item: Int64) -> SeededGenerator {
        // No slot has the number 0, so that no draw comes from this stream.
        SeededGenerator(
            seed: Self.mixed(seed, 0), stream: Self.mixed(0, UInt64(bitPattern: item)))
    }

    private static func mixed(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var outer = SplitMix64(state: first)
        var inner = SplitMix64(state: outer.next() ^ second)
        return inner.next()
    }
}

/// What stands in an exploration slot.
struct SlotChoice: Equatable {
    var row: Int
    /// The probability of this choice, given what stands above.
    var propensity: Double
    var kind: SlotKind

    /// The choice without exploration, for want of a pool.
    static func best(_ row: Int) -> SlotChoice {
        SlotChoice(row: row, propensity: 1, kind: .ranked)
    }
}
