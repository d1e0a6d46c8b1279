import LinearAlgebra

/// The candidates of one user that may still be among the k best.
///
/// Holds keys of approximate scores, each within `tolerance` of the true one. When it is full, it
/// finds the k-th best approximate score t and drops what lies below t − 2 · `tolerance`: the k
/// best are truly at least t − `tolerance`, and what is dropped is truly below that. Should too
/// many scores lie so close together, it computes them truly and keeps exactly k.
///
/// Once settled it holds true scores alone: what is taken in is scored at once, and has to reach the
/// k-th best.
struct CandidateBuffer {
    /// The keys, the first `count` of `capacity` places.
    let keys: UnsafeMutablePointer<UInt64>
    private let capacity: Int
    private let k: Int
    private let scorer: PairScorer
    private var tolerance: Double?
    private let kernels = TopKKernels.best
    /// How many candidates are held.
    private(set) var count = 0
    // −∞, which marks excluded items, stays below it.
    private(set) var threshold = -Float.greatestFiniteMagnitude
    /// Whether the scores held are true ones.
    private(set) var isSettled = false

    /// - Parameters:
    ///   - keys: Room for `capacity` keys, which outlives the buffer.
    ///   - k: How many to find; positive, and with room to spare unless all items fit.
    ///   - scorer: Gives the true scores.
    ///   - tolerance: How far an approximate score can be from the true one; nil to choose the k best
    ///     by approximate score, whatever the true one is.
    init(
        keys: UnsafeMutablePointer<UInt64>, capacity: Int, k: Int, scorer: PairScorer,
        tolerance: Double?
    ) {
        self.keys = keys
        self.capacity = capacity
        self.k = k
        self.scorer = scorer
        self.tolerance = tolerance
    }

    /// The places to have beside those of the k best.
    ///
    /// Fewer mean more selections, more a threshold that lags behind: a few hundred cost least at
    /// k = 100, fewer for shorter lists.
    static func placesToSpare(_ k: Int) -> Int {
        max(k, min(4 * k, 256), 2 * TopKKernels.smallestRoom)
    }

    /// Takes in the approximate scores of consecutive candidates.
    mutating func add(_ scores: UnsafePointer<Float>, count scoreCount: Int, firstIndex: UInt32) {
        var position = 0
        while true {
            let (kept, consumed) = kernels.filter(
                scores + position, count: scoreCount - position, threshold: threshold,
                firstIndex: firstIndex + UInt32(position), into: keys + count,
                room: capacity - count)
            count += kept
            position += consumed
            if position == scoreCount { return }
            shrink()
        }
    }

    /// Makes room for more keys, at most half of the places to spare.
    mutating func makeRoom(_ places: Int) {
        if capacity - count < places { shrink() }
    }

    /// Gives the candidates their true scores and keeps the k best of them, so that less is let
    /// through from here on; what is taken in later is scored truly at once.
    ///
    /// Without a tolerance there is nothing to make true, and the k best are kept as they are.
    mutating func settle() {
        if tolerance != nil {
            if count > k { rescoreBest() } else { scorer.rescore(keys, count: count) }
            isSettled = true
            tolerance = nil
        }
        if count >= k { shrink() }
    }

    /// What an approximate score has to reach that may be off by some tolerance, once settled.
    func threshold(within tolerance: Double) -> Float {
        let bound = Double(threshold) - tolerance
        return max(Float(bound).nextDown, -Float.greatestFiniteMagnitude)
    }

    /// Takes in the keys that were written after the first `count`, up to `newCount`: by their true
    /// scores when the buffer is settled.
    mutating func take(_ newCount: Int) {
        let old = count
        count = newCount
        guard isSettled else { return }
        scorer.rescore(keys + old, count: newCount - old)
        let floor = RankingKey.make(score: threshold, index: .max)
        count = old
        for position in old..<newCount where keys[position] >= floor {
            keys[count] = keys[position]
            count += 1
        }
        // Early selections raise the threshold; late ones would only cost.
        if count >= k + max(k / 2, 16) { shrink() }
    }

    /// The k best, best first, with their true scores; fewer when there were fewer.
    mutating func finish() -> UnsafeMutableBufferPointer<UInt64> {
        if !isSettled {
            if count > k { rescoreBest() } else { scorer.rescore(keys, count: count) }
        }
        let kept = min(k, count)
        selectLargest(kept, of: UnsafeMutableBufferPointer(start: keys, count: count))
        var best = UnsafeMutableBufferPointer(start: keys, count: kept)
        best.sort(by: >)
        return best
    }

    /// Gives the true scores to all that can be among the k best, and drops the rest.
    ///
    /// The smallest true score of the k best by approximate score is a bound that others need only
    /// reach within one tolerance.
    private mutating func rescoreBest() {
        selectLargest(k, of: UnsafeMutableBufferPointer(start: keys, count: count))
        scorer.rescore(keys, count: k)
        guard let tolerance else {
            count = k
            return
        }
        var smallest = keys[0]
        for position in 1..<k { smallest = min(smallest, keys[position]) }
        let bound = Double(RankingKey.score(of: smallest)) - tolerance
        let floor = RankingKey.make(
            score: max(Float(bound).nextDown, -Float.greatestFiniteMagnitude), index: .max)
        var kept = k
        for position in k..<count where keys[position] >= floor {
            keys[kept] = keys[position]
            kept += 1
        }
        scorer.rescore(keys + k, count: kept - k)
        count = kept
    }

    /// Drops what cannot be among the k best, and raises the threshold: to the k-th best score itself
    /// where scores are final.
    private mutating func shrink() {
        selectLargest(k, of: UnsafeMutableBufferPointer(start: keys, count: count))
        raiseThreshold()
        guard tolerance != nil else {
            count = k
            return
        }
        // The smallest key of any index at the threshold.
        let floor = RankingKey.make(score: threshold, index: .max)
        var kept = k
        for position in k..<count where keys[position] >= floor {
            keys[kept] = keys[position]
            kept += 1
        }
        count = kept
        if capacity - count < max(TopKKernels.smallestRoom, (capacity - k) / 2) {
            scorer.rescore(keys, count: count)
            selectLargest(k, of: UnsafeMutableBufferPointer(start: keys, count: count))
            raiseThreshold()
            count = k
        }
    }

    /// Sets the threshold from the smallest of the k keys in front.
    private mutating func raiseThreshold() {
        var smallest = keys[0]
        for position in 1..<k { smallest = min(smallest, keys[position]) }
        let bound = Double(RankingKey.score(of: smallest)) - 2 * (tolerance ?? 0)
        // Rounding to nearest may go up by half a step; one step down undoes it.
        threshold = max(Float(bound).nextDown, -Float.greatestFiniteMagnitude)
    }
}
