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
        [1, 4].map { transformer(width: width, hiddenMultiple: $0) } + [
            pooling(width: width), convolution(width: width),
            recurrent(width: width),
        ]
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

    /// Two heads, with a bias for ages.
    private static func pooling(width: Int) -> Subject {
        let settings = AttentionPooling.Settings()
        let (d, heads) = (Double(width), Double(settings.heads))
        return Subject(
            name: "pooling-\(settings.heads)",
            encoder: AttentionPooling(width: width, settings: settings)
        ) { positions, readouts in
            positions * d * heads + pairs(positions, readouts) * heads * (1 + d) + readouts * d * d
        }
    }

    /// Four layers of three taps.
    private static func convolution(width: Int) -> Subject {
        let settings = DilatedCausalConvolution.Settings()
        let taps = settings.taps
        return Subject(
            name: "convolution-\(settings.dilations.count)x\(taps)",
            encoder: DilatedCausalConvolution(width: width, settings: settings)
        ) { positions, readouts in
            let (first, last) = (Int(positions - readouts), Int(positions) - 1)
            var needed = Set(first...last)
            var rows = 0
            for dilation in settings.dilations.reversed() {
                rows += needed.count
                needed = Set(
                    needed.flatMap { row in (0..<taps).map { row - $0 * dilation } }
                        .filter { $0 >= 0 })
            }
            return Double(rows * taps * width * 2 * width)
        }
    }

    private static func recurrent(width: Int) -> Subject {
        Subject(name: "recurrent", encoder: GatedRecurrentUnit(width: width)) { positions, _ in
            positions * Double(2 * width * 3 * width)
        }
    }

    /// Pairs of a query and a key that it sees, the queries being the newest positions.
    private static func pairs(_ positions: Double, _ queries: Double) -> Double {
        queries * positions - queries * (queries - 1) / 2
    }
}
