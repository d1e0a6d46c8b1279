import Foundation
import LinearAlgebra

/// The different items that the rows of a batch choose from, and what corrects their logits.
///
/// Sampled softmax (Bengio, Senécal 2008; Jean et al. 2015): a row chooses among its positive and the
/// set of the items drawn. Given the set, the positive is y with a probability in proportion to
/// exp(s(y)) / K(y), where K is the probability that an item is drawn at all, so each logit is
///
///     s − log K
///
/// for negatives and positives alike: an item that is drawn often is pushed *down* in training,
/// and so its score comes out as high as its popularity is (Yi et al., RecSys 2019, who have rare items,
/// for which K ≈ draws × q, and a factor common to all items cancels). Several sources draw independently,
/// each with its own q: K = 1 − Π over sources (1 − q)^draws.
///
/// An item counts once, however often it was drawn; so copies of a row's own positive (accidental
/// hits) are no negatives of it. Counting copies, and leaving out those of the positive,
/// would punish popular positives by as much as they have copies.
struct CandidateSet: Sendable {
    /// Different items, in order of their first draw.
    private(set) var items: [Int32] = []
    /// −log K by candidate: what is added to the score of a negative.
    private(set) var corrections: [Float] = []
    /// The candidate that is the positive of each row.
    private(set) var positives: [Int32] = []
    /// −log K of each row's positive.
    private(set) var positiveCorrections: [Float] = []
    /// The candidate that an item is, or −1; one value for each item of the catalogue.
    private(set) var candidateOfItem: [Int32]

    private var draws: [Int32] = []
    private var isDrawn: [Bool] = []

    init(itemCount: Int) {
        candidateOfItem = [Int32](repeating: -1, count: itemCount)
    }

    /// Draws candidates for a batch; the positives are always among them.
    mutating func draw(
        for batch: BatchPositives, from sources: [any NegativeSource], correctsLogQ: Bool,
        using generator: inout SeededGenerator
    ) {
        for item in items { candidateOfItem[Int(item)] = -1 }
        items.removeAll(keepingCapacity: true)
        isDrawn.removeAll(keepingCapacity: true)
        corrections.removeAll(keepingCapacity: true)
        positives.removeAll(keepingCapacity: true)
        positiveCorrections.removeAll(keepingCapacity: true)

        draws.removeAll(keepingCapacity: true)
        for source in sources { source.draw(for: batch, using: &generator, into: &draws) }
        var uncut: [Float] = []
        for item in draws { isDrawn[candidate(item)] = true }
        for item in batch.items { positives.append(Int32(candidate(item))) }

        for (index, item) in items.enumerated() {
            let correction = correctsLogQ ? -logInclusion(of: item, in: batch, from: sources) : 0
            uncut.append(correction)
            // A positive that no source drew is seen by its own row alone.
            corrections.append(isDrawn[index] ? correction : -.infinity)
        }
        for positive in positives { positiveCorrections.append(uncut[Int(positive)]) }
    }

    private func logInclusion(
        of item: Int32, in batch: BatchPositives, from sources: [any NegativeSource]
    ) -> Float {
        let missed = sources.reduce(1.0) {
            $0 * (1 - $1.inclusionProbability(of: item, in: batch))
        }
        return Float(log1p(-missed))
    }

    private mutating func candidate(_ item: Int32) -> Int {
        let known = candidateOfItem[Int(item)]
        if known >= 0 { return Int(known) }
        candidateOfItem[Int(item)] = Int32(items.count)
        items.append(item)
        isDrawn.append(false)
        return items.count - 1
    }
}
