/// A measure of what a whole set of ranked lists shows of the catalogue.
///
/// Notation: xᵢ is the number of lists whose first k ranks hold item i, n the number of items in
/// the catalogue. Lists of users without truth count too: they are shown all the same.
public enum CatalogueMetric: Hashable, Sendable {
    /// The share of the catalogue with xᵢ > 0, in 0 ... 1.
    ///
    /// Source: Ge, Delgado-Battenfeld, Jannach, "Beyond accuracy: evaluating recommender systems by
    /// coverage and serendipity", RecSys 2010.
    case coverage(at: Int)
    /// The inequality of exposure: 0 when every item is shown equally often, 1 when one item takes
    /// all.
    ///
    /// Σⱼ (2j − n − 1) x₍ⱼ₎ / ((n − 1) Σ x), with x₍ⱼ₎ ascending, items never shown included.
    /// Source: Shani, Gunawardana, "Evaluating recommendation systems", in Recommender Systems
    /// Handbook, 2011, §8.3.3.
    case gini(at: Int)
    /// The mean popularity of an entry, Σ xᵢ · popularityᵢ / Σ xᵢ, in the unit of the popularity
    /// given.
    case meanPopularity(at: Int)

    /// The name under which the value is reported.
    public var name: String {
        switch self {
        case .coverage: "coverage"
        case .gini: "gini"
        case .meanPopularity: "mean_popularity"
        }
    }

    /// The number of ranks that count, k.
    public var cutoff: Int {
        switch self {
        case .coverage(let k), .gini(let k), .meanPopularity(let k): k
        }
    }

    /// The value, or nil where it is undefined: nothing was shown, or the catalogue is empty.
    func value(exposures: [Int], popularity: [Double]) -> Double? {
        let total = exposures.reduce(0, +)
        switch self {
        case .coverage:
            guard !exposures.isEmpty else { return nil }
            return Double(exposures.count { $0 > 0 }) / Double(exposures.count)
        case .gini:
            let n = exposures.count
            guard total > 0 else { return nil }
            guard n > 1 else { return 0 }
            var sum = 0.0
            for (position, count) in exposures.sorted().enumerated() {
                sum += Double(2 * position + 1 - n) * Double(count)
            }
            return sum / (Double(n - 1) * Double(total))
        case .meanPopularity:
            guard total > 0 else { return nil }
            let sum = zip(exposures, popularity).reduce(0) { $0 + Double($1.0) * $1.1 }
            return sum / Double(total)
        }
    }
}
