import BenchmarkSupport
import LinearAlgebra

/// One search at one number of probes.
struct Measurement {
    let index: String
    let probes: Int
    let recall: Double
    /// Queries a second.
    let rate: Double

    /// The highest rate among those that reach a recall.
    static func best(_ measurements: [Measurement], reaching recall: Double) -> Measurement? {
        measurements.filter { $0.recall >= recall }.max { $0.rate < $1.rate }
    }
}

extension Measurement {
    /// From the fields that the peer prints.
    init?(_ fields: [String: String]) {
        guard let index = fields["index"], let probes = fields["probes"].flatMap(Int.init),
            let recall = fields["recall"].flatMap(Double.init),
            let rate = fields["rate"].flatMap(Double.init)
        else { return nil }
        self.init(index: index, probes: probes, recall: recall, rate: rate)
    }
}
