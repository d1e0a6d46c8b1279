import LinearAlgebra

/// Chooses for each row the entries of the queue that are hardest to tell from its positive.
///
/// Similarity is the cosine of the user's embedding and the item's, without the item's bias; for an
/// inner product as well, where lengths would otherwise decide. An entry counts when its similarity
/// lies in a band: from a threshold, or in relative mode from that share of the positive's
/// similarity (NV-Retriever: Moreira et al. 2024), to below the positive's, since what is more alike
/// than the positive is most likely one itself. Of those, the most similar.
struct HardNegatives: Sendable {
    /// Entries for each row at most, once the ramp is over.
    let limit: Int
    /// The least similarity, or the least share of the positive's.
    let threshold: Float
    let isRelative: Bool
    /// Batches before the first that sees any.
    let start: Int
    /// Batches over which the limit rises from 1: easy negatives first.
    let ramp: Int

    /// The limit for the batch of a step, counted from 1.
    func limit(step: Int) -> Int {
        let along = step - start
        if along <= 0 { return 0 }
        return along >= ramp ? limit : max(1, limit * along / ramp)
    }

    /// The similarities that make an entry hard for one row.
    struct Band: Sendable {
        let lowest: Float
        /// The positive's; a hard negative lies below.
        let positive: Float
        /// 1 / |embedding| of the user.
        let userInverseLength: Float

        @inline(__always)
        func contains(_ similarity: Float) -> Bool {
            similarity >= lowest && similarity < positive
        }

        /// The similarity of an item by its score, its bias and 1 / |embedding|.
        @inline(__always)
        func similarity(_ score: Float, bias: Float, inverseLength: Float) -> Float {
            (score - bias) * inverseLength * userInverseLength
        }
    }

    /// The band of a row.
    ///
    /// - Parameters:
    ///   - user: The embedding of the user.
    ///   - item: The embedding of the positive.
    ///   - dimension: Length of both without the bias.
    func band(
        user: UnsafePointer<Float>, item: UnsafePointer<Float>, dimension: Int,
        _ kernels: Kernels
    ) -> Band {
        let userInverseLength = inverseLength(user, dimension, kernels)
        let positive =
            kernels.dot(user, item, dimension) * userInverseLength
            * inverseLength(item, dimension, kernels)
        return Band(
            lowest: isRelative ? threshold * positive : threshold, positive: positive,
            userInverseLength: userInverseLength)
    }

    /// Leaves the scores of the hardest entries and sets the others to −∞.
    ///
    /// - Parameters:
    ///   - scores: The scores of one row with the entries; what is −∞ is not chosen.
    ///   - limit: The entries to leave, at most.
    ///   - biases: What the score of each entry has beside the inner product.
    ///   - inverseLengths: 1 / |embedding| of each entry.
    /// - Returns: The number of entries chosen.
    func choose(
        _ scores: UnsafeMutableBufferPointer<Float>, limit: Int, _ band: Band,
        biases: UnsafePointer<Float>, inverseLengths: UnsafePointer<Float>
    ) -> Int {
        typealias Entry = (similarity: Float, place: Int, score: Float)
        guard limit > 0 else {
            scores.update(repeating: -.infinity)
            return 0
        }
        return withUnsafeTemporaryAllocation(of: Entry.self, capacity: limit) { chosen in
            // The most similar first; of equals, the one that stands first.
            var count = 0
            for place in scores.indices {
                let score = scores[place]
                let similarity = band.similarity(
                    score, bias: biases[place], inverseLength: inverseLengths[place])
                scores[place] = -.infinity
                guard band.contains(similarity),
                    count < limit || similarity > chosen[limit - 1].similarity
                else { continue }
                var index = min(count, limit - 1)
                while index > 0 && chosen[index - 1].similarity < similarity {
                    chosen[index] = chosen[index - 1]
                    index -= 1
                }
                chosen[index] = (similarity, place, score)
                count = min(count + 1, limit)
            }
            for entry in chosen[..<count] { scores[entry.place] = entry.score }
            return count
        }
    }
}
