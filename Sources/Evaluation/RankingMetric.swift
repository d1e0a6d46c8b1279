import Foundation

/// A measure of one user's ranked list: against the items that the user truly took, or of what the list
/// is made of.
///
/// Notation: `L` is the list, `T` the set of true items, rel(r) is 1 when the item at rank r (from 1)
/// is in `T` and 0 otherwise. A list shorter than k misses at the ranks that it lacks. Every
/// value but novelty is in 0 ... 1; the figure for a model is the mean over users with a non-empty `T`.
public enum RankingMetric: Hashable, Sendable {
    /// |top k ∩ T| / |T|.
    ///
    /// The divisor is |T| also where |T| > k, so that the value may be unable to reach 1.
    /// Source: Manning, Raghavan, Schütze, "Introduction to Information Retrieval", 2008, §8.3.
    case recall(at: Int)
    /// 1 when the top k holds at least one true item, else 0.
    case hitRate(at: Int)
    /// Σ rel(r) / log₂(r + 1) over the first k ranks, divided by its largest possible value, that
    /// of min(k, |T|) hits in front.
    ///
    /// Source: Järvelin, Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS
    /// 20(4), 2002, with binary gain and the discount of Burges et al., ICML 2005.
    case ndcg(at: Int)
    /// 1 / (rank of the first hit), or 0 when the first k ranks have none; its mean is MRR.
    ///
    /// Source: Voorhees, "The TREC-8 Question Answering Track Report", 1999.
    case reciprocalRank(at: Int)
    /// Σ rel(r) · precision(r) over the first k ranks, divided by min(k, |T|); its mean is MAP.
    ///
    /// Source: Manning, Raghavan, Schütze, 2008, §8.4, cut at k.
    case averagePrecision(at: Int)
    /// The mean over the first k ranks of −log₂ of the item's share of what was taken, in bits: how
    /// little known the items are. An empty list has 0.
    ///
    /// Source: Zhou, Kuscsik, Liu, Medo, Wakeling, Zhang, "Solving the apparent diversity-accuracy
    /// dilemma of recommender systems", PNAS 107(10), 2010, with the share of takings in place of
    /// that of users.
    case novelty(at: Int)
    /// 1 less the mean Jaccard similarity of the content of two items, over all pairs among the first k
    /// ranks. A list of fewer than two items has 0; two items of which nothing is known are not
    /// similar.
    ///
    /// Source: Smyth, McClave, "Similarity vs. diversity", ICCBR 2001.
    case intraListDiversity(at: Int)

    /// The name under which the mean over users is reported.
    public var name: String {
        switch self {
        case .recall: "recall"
        case .hitRate: "hit_rate"
        case .ndcg: "ndcg"
        case .reciprocalRank: "mrr"
        case .averagePrecision: "map"
        case .novelty: "novelty"
        case .intraListDiversity: "intra_list_diversity"
        }
    }

    /// The number of ranks that count, k.
    public var cutoff: Int {
        switch self {
        case .recall(let k), .hitRate(let k), .ndcg(let k), .reciprocalRank(let k),
            .averagePrecision(let k), .novelty(let k), .intraListDiversity(let k):
            k
        }
    }

    /// Whether the items of the list must be described by `ItemTraits`.
    var needsTraits: Bool {
        switch self {
        case .novelty, .intraListDiversity: true
        case .recall, .hitRate, .ndcg, .reciprocalRank, .averagePrecision: false
        }
    }

    /// The value for one user.
    ///
    /// - Parameters:
    ///   - list: L.
    ///   - hitRanks: Ranks of the hits, counted from 0, ascending.
    ///   - truthCount: |T|, positive.
    ///   - discounts: The table to read nDCG's discounts from, of at least `cutoff` ranks.
    ///   - traits: Of all items, where ``needsTraits``.
    func value(
        of list: ArraySlice<UInt32>, hitRanks: [Int], truthCount: Int, discounts: DiscountTable,
        traits: ItemTraits?
    ) -> Float {
        let hits = hitRanks.prefix { $0 < cutoff }
        let attainable = min(cutoff, truthCount)
        switch self {
        case .recall:
            return Float(hits.count) / Float(truthCount)
        case .hitRate:
            return hits.isEmpty ? 0 : 1
        case .ndcg:
            let gain = hits.reduce(0) { $0 + discounts.discount[$1] }
            return Float(gain / discounts.ideal[attainable])
        case .reciprocalRank:
            return hits.first.map { 1 / Float($0 + 1) } ?? 0
        case .averagePrecision:
            var sum = 0.0
            for (earlier, rank) in hits.enumerated() {
                sum += Double(earlier + 1) / Double(rank + 1)
            }
            return Float(sum / Double(attainable))
        case .novelty:
            return traits!.novelty(of: list.prefix(cutoff))
        case .intraListDiversity:
            return traits!.diversity(of: list.prefix(cutoff))
        }
    }
}

/// The discounts of nDCG and their running sums.
struct DiscountTable: Sendable {
    /// 1 / log₂(r + 2) at rank r, counted from 0.
    let discount: [Double]
    /// The gain of n hits in front, for n from 0.
    let ideal: [Double]

    init(ranks: Int) {
        discount = (0..<ranks).map { 1 / log2(Double($0 + 2)) }
        ideal = discount.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    }
}
