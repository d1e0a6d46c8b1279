import LinearAlgebra

/// Draws indexes in proportion to given weights, in constant time (Walker 1977, built as Vose 1991).
struct AliasTable: Sendable {
    /// The share of its own index that each place keeps, in units of 2⁻³².
    private var thresholds: [UInt64]
    /// The index that has the rest of the place.
    private var aliases: [Int32]

    /// - Parameter weights: Not negative, and at least one above 0.
    init(_ weights: [Double]) {
        let sum = weights.reduce(0, +)
        precondition(sum > 0 && sum.isFinite, "an alias table of weights without a sum")
        var rest = weights.map { $0 * Double(weights.count) / sum }
        thresholds = [UInt64](repeating: 1 << 32, count: weights.count)
        aliases = weights.indices.map(Int32.init)
        var small = weights.indices.filter { rest[$0] < 1 }
        var large = weights.indices.filter { rest[$0] >= 1 }
        while let place = small.last, let giver = large.last {
            small.removeLast()
            thresholds[place] = UInt64((rest[place] * 0x1p32).rounded())
            aliases[place] = Int32(giver)
            rest[giver] -= 1 - rest[place]
            if rest[giver] < 1 {
                large.removeLast()
                small.append(giver)
            }
        }
        // What is left on either side is 1 but for rounding.
    }

    /// An index.
    func draw(using generator: inout SeededGenerator) -> Int {
        let place = generator.index(below: thresholds.count)
        return generator.next() >> 32 < thresholds[place] ? place : Int(aliases[place])
    }

    /// The probability with which each index is drawn.
    var probabilities: [Double] {
        var probabilities = [Double](repeating: 0, count: thresholds.count)
        for place in thresholds.indices {
            let own = Double(thresholds[place]) * 0x1p-32
            probabilities[place] += own / Double(thresholds.count)
            probabilities[Int(aliases[place])] += (1 - own) / Double(thresholds.count)
        }
        return probabilities
    }
}
