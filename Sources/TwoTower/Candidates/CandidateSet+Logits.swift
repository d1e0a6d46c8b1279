import LinearAlgebra

/// The rows of a batch that one worker turns from scores into logits.
struct CandidateRows {
    /// Scores with all candidates, shape `[n, candidates]`.
    let scores: MutableMatrixView
    /// Which rows of the batch they are.
    let range: Range<Int>
    /// Their users' embeddings, shape `[n, width]`, by which hard negatives are chosen; with several for
    /// each row there are none.
    let users: MatrixView
    /// The embeddings of all candidates, shape `[candidates, width]`.
    let items: MatrixView
}

extension CandidateSet {
    /// Sets to −∞ what a row does not compete with: other positives of its user, and of the queue
    /// all but the hard negatives. The positive's own score stays.
    ///
    /// - Parameters:
    ///   - examples: Those of the batch.
    ///   - masksOwnEvents: Whether other positives of the user are masked, or only counted.
    ///   - hardNegatives: How entries of the queue are chosen; nil to keep all.
    ///   - dimension: Length of an embedding without its bias.
    ///   - tally: Counts what was drawn, and what of it is another positive of the user.
    func mask(
        _ rows: CandidateRows, _ examples: [Example], _ sequences: Sequences,
        masksOwnEvents: Bool, hardNegatives: HardNegatives?, step: Int, dimension: Int,
        into tally: inout SamplerTally, _ kernels: Kernels
    ) {
        let limit = hardNegatives?.limit(step: step) ?? 0
        for row in 0..<rows.range.count {
            let index = rows.range.lowerBound + row
            let x = rows.scores.row(row)
            let positive = Int(positives[index])
            var band: HardNegatives.Band?
            if !queueSlots.isEmpty {
                band = hardNegatives?.band(
                    user: rows.users.row(row), item: rows.items.row(positive),
                    dimension: dimension, kernels)
            }
            countDraws(index, positive, into: &tally)
            let user = Int(examples[index].user)
            sequences.items.withUnsafeBufferPointer { items in
                maskEvents(
                    items[sequences.offsets[user]..<sequences.offsets[user + 1]], x,
                    positive: positive, band, keeps: !masksOwnEvents, into: &tally)
            }
            guard let band, let hardNegatives else { continue }
            queueBiases.withUnsafeBufferPointer { biases in
                queueInverseLengths.withUnsafeBufferPointer { inverseLengths in
                    tally.draws[queueBit] += hardNegatives.choose(
                        UnsafeMutableBufferPointer(
                            start: x + embeddedCount, count: queueSlots.count),
                        limit: limit, band, biases: biases.baseAddress!,
                        inverseLengths: inverseLengths.baseAddress!)
                }
            }
        }
    }

    /// Adds −log K to scores that are masked. What is a candidate of other rows alone becomes −∞.
    func correct(_ rows: CandidateRows, _ kernels: Kernels) {
        let widest = zip(ownOffsets, ownOffsets.dropFirst()).reduce(1) { max($0, $1.1 - $1.0) }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: widest) { kept in
            for row in 0..<rows.range.count {
                let index = rows.range.lowerBound + row
                let x = rows.scores.row(row)
                let positive = Int(positives[index])
                let positiveLogit = x[positive] + positiveCorrections[index]
                let own = ownCandidates[ownOffsets[index]..<ownOffsets[index + 1]]
                for (place, one) in own.enumerated() {
                    kept[place] = x[Int(one.candidate)] + one.correction
                }
                kernels.axpy(1, corrections, x, rows.scores.columns)
                for (place, one) in own.enumerated() { x[Int(one.candidate)] = kept[place] }
                x[positive] = positiveLogit
            }
        }
    }

    private func countDraws(_ row: Int, _ positive: Int, into tally: inout SamplerTally) {
        for source in sourceCounts.indices {
            let hasPositive = sourceBits[positive] & 1 << source != 0
            tally.draws[source] += max(sourceCounts[source] - (hasPositive ? 1 : 0), 0)
        }
        let own = ownOffsets[row + 1] - ownOffsets[row]
        if own > 0 { tally.draws[sourceCounts.count - 1] += own }
    }

    /// Masks the candidates that are events of the row's user, and counts each once.
    ///
    /// - Parameter keeps: Whether their scores come back afterwards.
    private func maskEvents(
        _ events: Slice<UnsafeBufferPointer<Int32>>, _ x: UnsafeMutablePointer<Float>,
        positive: Int, _ band: HardNegatives.Band?, keeps: Bool, into tally: inout SamplerTally
    ) {
        typealias Found = (candidate: Int32, score: Float)
        withUnsafeTemporaryAllocation(of: Found.self, capacity: events.count) { found in
            // Without branches: few events are candidates, and which cannot be foreseen.
            var foundCount = 0
            candidateOfItem.withUnsafeBufferPointer { candidates in
                for event in events {
                    let candidate = candidates[Int(event)]
                    found[foundCount].candidate = candidate
                    foundCount &+= candidate < 0 ? 0 : 1
                }
            }
            var maskedCount = 0
            for one in found[..<foundCount] {
                let candidate = Int(one.candidate)
                let score = x[candidate]
                guard candidate != positive, score != -.infinity else { continue }
                count(candidate, score: score, band, isMasked: !keeps, into: &tally)
                x[candidate] = -.infinity
                found[maskedCount] = (one.candidate, score)
                maskedCount += 1
            }
            guard keeps else { return }
            for one in found[..<maskedCount] { x[Int(one.candidate)] = one.score }
        }
    }

    private func count(
        _ candidate: Int, score: Float, _ band: HardNegatives.Band?, isMasked: Bool,
        into tally: inout SamplerTally
    ) {
        let bits = sourceBits[candidate]
        if let band, candidate >= embeddedCount {
            // An entry of the queue is drawn for the rows for which it is hard.
            let entry = candidate - embeddedCount
            let similarity = band.similarity(
                score, bias: queueBiases[entry], inverseLength: queueInverseLengths[entry])
            guard band.contains(similarity) else { return }
            // Chosen, it counts as a draw of its own; masked, it will not be.
            if isMasked { tally.draws[queueBit] += 1 }
        }
        for source in sourceCounts.indices where bits & 1 << source != 0 {
            tally.falseNegatives[source] += 1
            if isMasked { tally.masked[source] += 1 }
        }
    }
}
