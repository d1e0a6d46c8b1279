import LinearAlgebra

/// One sparse row under construction: a dense array of sums and the list of the places touched.
///
/// Source: Gilbert, Moler, Schreiber, "Sparse matrices in MATLAB", 1992, §3.1.3.
struct SparseAccumulator {
    // Zero exactly where nothing was added, since only positive amounts are. In double precision, so
    // that equal sums of other terms or orders tie once they are rounded.
    private var sums: [Double]
    private var touched: [UInt32] = []
    private var keys: [UInt64] = []

    init(count: Int) {
        sums = [Double](repeating: 0, count: count)
    }

    /// Adds a positive amount.
    mutating func add(_ amount: Float, at index: UInt32) {
        if sums[Int(index)] == 0 { touched.append(index) }
        sums[Int(index)] += Double(amount)
    }

    /// Returns the keys of the largest scores, best first, and empties the row.
    ///
    /// - Parameters:
    ///   - count: The number of keys, at most.
    ///   - score: The score of an index from its sum; nil leaves it out.
    mutating func drain(
        largest count: Int, score: (UInt32, Double) -> Double?
    ) -> [UInt64] {
        for index in touched {
            if let score = score(index, sums[Int(index)]) {
                keys.append(RankingKey.make(score: Float(score), index: index))
            }
            sums[Int(index)] = 0
        }
        touched.removeAll(keepingCapacity: true)
        let kept = min(count, keys.count)
        keys.withUnsafeMutableBufferPointer { selectLargest(kept, of: $0) }
        let result = keys.prefix(kept).sorted(by: >)
        keys.removeAll(keepingCapacity: true)
        return result
    }
}
