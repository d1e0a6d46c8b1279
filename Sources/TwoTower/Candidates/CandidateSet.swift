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
    /// Different items: those that the item tower embeds in order of their first draw, then those
    /// of the queue.
    private(set) var items: [Int32] = []
    /// The number of those that the item tower embeds.
    private(set) var embeddedCount = 0
    /// Where the queue has the embedding of each of the others.
    private(set) var queueSlots: [Int] = []
    /// What their scores have beside the inner product, and 1 / |embedding|: for hard negatives.
    private(set) var queueBiases: [Float] = []
    private(set) var queueInverseLengths: [Float] = []
    /// −log K by candidate: what is added to the score of a negative; −∞ for what is no negative
    /// of every row.
    private(set) var corrections: [Float] = []
    /// The candidate that is the positive of each row.
    private(set) var positives: [Int32] = []
    /// −log K of each row's positive.
    private(set) var positiveCorrections: [Float] = []
    /// The candidate that an item is, or −1; one value for each item of the catalogue.
    private(set) var candidateOfItem: [Int32]

    /// A candidate that one row has for itself.
    struct OwnCandidate: Sendable, Equatable {
        let candidate: Int32
        /// What is added to its score in that row.
        let correction: Float
    }

    /// Where the own candidates of each row start; one value more than rows.
    private(set) var ownOffsets: [Int] = []
    /// The own candidates of all rows, row after row.
    private(set) var ownCandidates: [OwnCandidate] = []

    /// The sources that drew each candidate for all rows, one bit each.
    private(set) var sourceBits: [UInt8] = []
    /// The number of candidates that each source drew for all rows.
    private(set) var sourceCounts: [Int] = []
    /// The bit of the queue.
    private(set) var queueBit = 0

    private var isCatalogue = false
    private var draws: [Int32] = []
    /// K by candidate.
    private var inclusions: [Double] = []
    /// k of each own candidate.
    private var ownInclusions: [Double] = []

    init(itemCount: Int) {
        candidateOfItem = [Int32](repeating: -1, count: itemCount)
    }

    /// Draws candidates for a batch; the positives are always among them.
    ///
    /// - Parameters:
    ///   - days: The day of each event of the sequences, for impressions.
    ///   - isCorrected: Whether log K is subtracted.
    mutating func draw(
        for batch: BatchPositives, from sources: NegativeSources, days: [Int32] = [],
        isCorrected: Bool, using generator: inout SeededGenerator
    ) {
        if sources.isFullCatalogue { takeCatalogue() } else { clear() }
        sourceCounts = [Int](repeating: 0, count: sources.names.count)
        for (bit, source) in sources.shared.enumerated() {
            draws.removeAll(keepingCapacity: true)
            source.draw(for: batch, using: &generator, into: &draws)
            for item in draws { mark(candidate(item), bit) }
        }
        for item in batch.items { positives.append(Int32(candidate(item))) }
        drawOwn(for: batch, from: sources.impressions, days, using: &generator)
        if isCatalogue {
            sourceCounts[0] = items.count
        } else {
            embeddedCount = items.count
            if let queue = sources.queue { take(queue, sources, batch) }
        }
        correct(batch, sources, isCorrected: isCorrected)
    }

    /// Makes every item a candidate. What that takes stays from batch to batch.
    private mutating func takeCatalogue() {
        positives.removeAll(keepingCapacity: true)
        if isCatalogue { return }
        isCatalogue = true
        items = candidateOfItem.indices.map(Int32.init)
        candidateOfItem = items
        embeddedCount = items.count
        sourceBits = [UInt8](repeating: 1, count: items.count)
        corrections = [Float](repeating: 0, count: items.count)
    }

    private mutating func clear() {
        for item in items { candidateOfItem[Int(item)] = -1 }
        items.removeAll(keepingCapacity: true)
        sourceBits.removeAll(keepingCapacity: true)
        queueSlots.removeAll(keepingCapacity: true)
        queueBiases.removeAll(keepingCapacity: true)
        queueInverseLengths.removeAll(keepingCapacity: true)
        positives.removeAll(keepingCapacity: true)
    }

    private mutating func candidate(_ item: Int32) -> Int {
        let known = candidateOfItem[Int(item)]
        if known >= 0 { return Int(known) }
        candidateOfItem[Int(item)] = Int32(items.count)
        items.append(item)
        sourceBits.append(0)
        return items.count - 1
    }

    private mutating func mark(_ candidate: Int, _ bit: Int) {
        if sourceBits[candidate] & 1 << bit == 0 { sourceCounts[bit] += 1 }
        sourceBits[candidate] |= 1 << bit
    }

    /// Draws what each row has for itself.
    private mutating func drawOwn(
        for batch: BatchPositives, from impressions: ImpressionNegatives?, _ days: [Int32],
        using generator: inout SeededGenerator
    ) {
        ownOffsets.removeAll(keepingCapacity: true)
        ownCandidates.removeAll(keepingCapacity: true)
        ownInclusions.removeAll(keepingCapacity: true)
        ownOffsets.append(0)
        guard let impressions else {
            ownOffsets.append(contentsOf: repeatElement(0, count: batch.items.count))
            return
        }
        for example in batch.examples {
            draws.removeAll(keepingCapacity: true)
            let inclusion = impressions.draw(
                user: Int(example.user), day: days[Int(example.event)], using: &generator,
                into: &draws)
            for item in draws {
                ownCandidates.append(
                    OwnCandidate(
                        candidate: Int32(candidate(item)), correction: impressions.logWeight))
                ownInclusions.append(inclusion)
            }
            ownOffsets.append(ownCandidates.count)
        }
    }

    /// Adds what the queue holds and the batch has not.
    private mutating func take(
        _ queue: NegativeQueue, _ sources: NegativeSources, _ batch: BatchPositives
    ) {
        let isHard = sources.hardNegatives != nil
        queueBit = sources.queueBit
        guard queue.isUsed(step: batch.step, day: batch.day) else { return }
        for slot in queue.slots(day: batch.day) {
            let item = queue.items[slot]
            let known = candidateOfItem[Int(item)]
            if known < 0 {
                let candidate = candidate(item)
                // A hard negative counts for the rows that choose it.
                if isHard {
                    sourceBits[candidate] = 1 << queueBit
                } else {
                    mark(candidate, queueBit)
                }
                queueSlots.append(slot)
                queueBiases.append(queue.bias(slot))
                queueInverseLengths.append(queue.inverseLengths[slot])
            } else if !isHard {
                mark(Int(known), queueBit)
            }
        }
    }

    /// Writes −log K of every candidate, positive and own candidate.
    private mutating func correct(
        _ batch: BatchPositives, _ sources: NegativeSources, isCorrected: Bool
    ) {
        positiveCorrections.removeAll(keepingCapacity: true)
        if isCatalogue || !isCorrected {
            positiveCorrections.append(contentsOf: repeatElement(0, count: positives.count))
            if isCatalogue { return }
            corrections.removeAll(keepingCapacity: true)
            for bits in sourceBits { corrections.append(bits == 0 ? -.infinity : 0) }
            return
        }
        inclusions.removeAll(keepingCapacity: true)
        inclusions.append(contentsOf: repeatElement(0, count: items.count))
        for source in sources.shared { source.include(items, in: batch, into: &inclusions) }
        if let queue = sources.queue, queue.isUsed(step: batch.step, day: batch.day) {
            // A hard negative is one for some rows only: nothing that all rows see depends on it.
            let first = sources.hardNegatives == nil ? 0 : embeddedCount
            queue.include(items, from: first, in: batch, into: &inclusions)
        }
        corrections.removeAll(keepingCapacity: true)
        for inclusion in inclusions { corrections.append(-Float(log(inclusion))) }
        for positive in positives { positiveCorrections.append(corrections[Int(positive)]) }
        for (index, own) in ownCandidates.enumerated() {
            let inclusion = inclusions[Int(own.candidate)]
            let correction = -Float(log(inclusion + ownInclusions[index] * (1 - inclusion)))
            ownCandidates[index] = OwnCandidate(
                candidate: own.candidate, correction: own.correction + correction)
        }
        // What no source drew for all rows is seen by its own row alone.
        for (index, bits) in sourceBits.enumerated() where bits == 0 {
            corrections[index] = -.infinity
        }
    }
}
