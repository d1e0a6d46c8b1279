import LinearAlgebra
import NeuralNetwork

/// The wide side of the profile: every pair of columns is a feature of its own, a row of a hashed table
/// that is added straight to the user's embedding (Cheng et al., *Wide & Deep Learning for
/// Recommender Systems*, 2016).
///
/// With k columns there are n = k(k − 1)/2 pairs, each with the weight 1/√n. A category that training
/// did not know counts as one category of its column.
struct ProfileCrosses: Sendable {
    /// Rows of the table; pairs that share one are not told apart.
    let buckets: Int

    /// Adds the pairs of one user's categories.
    func append(_ codes: ArraySlice<Int32>, _ cardinalities: [Int], to bag: Bag) {
        let count = codes.count
        let weight = 1 / Float(count * (count - 1) / 2).squareRoot()
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { keys in
            for (column, code) in codes.enumerated() {
                let isKnown = code >= 0 && Int(code) < cardinalities[column]
                let category = isKnown ? Int(code) : cardinalities[column]
                var mixer = SplitMix64(state: UInt64(column) << 32 | UInt64(category))
                keys[column] = mixer.next()
            }
            for first in 0..<count {
                for second in first + 1..<count {
                    // Not symmetric, so that two columns with the same keys do not cancel.
                    var mixer = SplitMix64(state: keys[first] &* 3 &+ keys[second])
                    bag.append(UInt32(mixer.next() % UInt64(buckets)), weight: weight)
                }
            }
        }
    }
}
