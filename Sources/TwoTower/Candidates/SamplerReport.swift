/// How a source of negatives did over a training.
public struct SamplerReport: Codable, Sendable, Equatable {
    /// `in_batch`, `uniform`, `popular`, `full_catalogue`, `queue`, `hard` or `impressions`.
    public let source: String
    /// Negatives drawn: a row and an item that the row has for a negative, its positive left out.
    public let draws: Int
    /// Those whose item is another positive of the row's user, earlier or later.
    public let falseNegatives: Int
    /// Those of them that were masked, so that they did not count.
    public let masked: Int
    /// The share of the draws that would be false negatives without a mask; 0 without draws.
    public let falseNegativeRate: Double

    init(source: String, draws: Int, falseNegatives: Int, masked: Int) {
        self.source = source
        self.draws = draws
        self.falseNegatives = falseNegatives
        self.masked = masked
        falseNegativeRate = draws == 0 ? 0 : Double(falseNegatives) / Double(draws)
    }
}

/// Counts of one source each, added up over rows.
struct SamplerTally: Codable, Sendable, Equatable {
    var draws: [Int]
    var falseNegatives: [Int]
    var masked: [Int]

    init(sourceCount: Int) {
        draws = [Int](repeating: 0, count: sourceCount)
        falseNegatives = draws
        masked = draws
    }

    static func += (sum: inout SamplerTally, other: SamplerTally) {
        for source in sum.draws.indices {
            sum.draws[source] += other.draws[source]
            sum.falseNegatives[source] += other.falseNegatives[source]
            sum.masked[source] += other.masked[source]
        }
    }

    func reports(_ names: [String]) -> [SamplerReport] {
        names.enumerated().map { source, name in
            SamplerReport(
                source: name, draws: draws[source], falseNegatives: falseNegatives[source],
                masked: masked[source])
        }
    }
}
