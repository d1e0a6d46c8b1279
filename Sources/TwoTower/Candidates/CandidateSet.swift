import Foundation
import LinearAlgebra

/// The different items that the rows of a batch choose from, and what corrects their logits.
///
/// Sampled softmax (Bengio, Senécal 2008) approximates log Σ exp(s) over the catalogue by a sum over
/// drawn items, each divided by how often it is drawn: an item drawn m times with expectation E
/// enters as
///
///     logit = s + log m − log E
///
/// so an item that is drawn often is pushed *down*, positives too (Yi et al., RecSys 2019). Several sources
/// add up their expectations: E = Σ over sources of draws × q, each with its own q, which is the
/// balance heuristic for samples from a mixture (Veach, Guibas 1995). An accidental hit (a
/// drawn copy of the row's own positive) is left out by giving the positive m = 1.
struct CandidateSet: Sendable {
    /// Different items, in order of their first draw.
    private(set) var items: [Int32] = []
    /// log m − log E by candidate: what is added to the score of a negative.
    private(set) var corrections: [Float] = []
    /// The candidate that is the positive of each row.
    private(set) var positives: [Int32] = []
    /// −log E of each row's positive.
    private(set) var positiveCorrections: [Float] = []
    /// The candidate that an item is, or −1; one value for each item of the catalogue.
    private(set) var candidateOfItem: [Int32]

    private var draws: [Int32] = []
    private var multiplicities: [Float] = []

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
        multiplicities.removeAll(keepingCapacity: true)
        corrections.removeAll(keepingCapacity: true)
        positives.removeAll(keepingCapacity: true)
        positiveCorrections.removeAll(keepingCapacity: true)

        draws.removeAll(keepingCapacity: true)
        for source in sources { source.draw(for: batch, using: &generator, into: &draws) }
        for item in draws { multiplicities[candidate(item)] += 1 }
        for item in batch.items { positives.append(Int32(candidate(item))) }

        var logExpected = [Float](repeating: 0, count: items.count)
        if correctsLogQ {
            for (index, item) in items.enumerated() {
                let expected = sources.reduce(Float(0)) {
                    $0 + $1.expectedCount(of: item, in: batch)
                }
                logExpected[index] = log(expected)
            }
        }
        for index in items.indices {
            // A positive that no source drew has m = 0: no other row sees it.
            corrections.append(log(multiplicities[index]) - logExpected[index])
        }
        for positive in positives { positiveCorrections.append(-logExpected[Int(positive)]) }
    }

    private mutating func candidate(_ item: Int32) -> Int {
        let known = candidateOfItem[Int(item)]
        if known >= 0 { return Int(known) }
        candidateOfItem[Int(item)] = Int32(items.count)
        items.append(item)
        multiplicities.append(0)
        return items.count - 1
    }
}
