import TwoTower

/// An encoder with the floating-point operations of its matrix products.
struct Subject {
    let name: String
    let encoder: any SequenceEncoder
    /// Multiplications of the forward pass over one sequence, by positions and readouts.
    let multiplications: (_ positions: Double, _ readouts: Double) -> Double

    /// Operations of forward and backward: two a multiplication, and every product of the forward pass
    /// has two in the backward pass. What a causal mask hides is not counted.
    func operations(positions: Int, readouts: Int) -> Double {
        6 * multiplications(Double(positions), Double(readouts))
    }

    static func all(width: Int) -> [Subject] {
        [1, 4].map { transformer(width: width, hiddenMultiple: $0) }
    }

    /// Two blocks of two heads.
    private static func transformer(width: Int, hiddenMultiple: Int) -> Subject {
        var settings = CausalTransformer.Settings()
        settings.hiddenMultiple = hiddenMultiple
        let d = Double(width)
        let hidden = Double(hiddenMultiple) * d
        let blocks = settings.blocks
        return Subject(
            name: "transformer-\(settings.blocks)x\(settings.heads)-ffn\(Int(hidden))",
            encoder: CausalTransformer(width: width, settings: settings)
        ) { positions, readouts in
            (0..<blocks).reduce(0) { sum, block in
                let queries = block == blocks - 1 ? readouts : positions
                let keyValues = positions * d * 2 * d
                let dense = queries * (2 * d * d + 2 * d * hidden)
                return sum + keyValues + dense + 2 * d * pairs(positions, queries)
            }
        }
    }

    /// Pairs of a query and a key that it sees, the queries being the newest positions.
    private static func pairs(_ positions: Double, _ queries: Double) -> Double {
        queries * positions - queries * (queries - 1) / 2
    }
}
