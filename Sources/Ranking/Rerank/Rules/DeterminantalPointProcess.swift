import Foundation
import LinearAlgebra

/// Spreads what items are about over the first places by a determinantal point process, found
/// greedily (Chen, Zhang, Zhou 2018, "Fast greedy MAP inference for determinantal point process to
/// improve recommendation diversity").
///
/// The set Y of the first items is to have a large θ · Σ r + (1 − θ) · log det S_Y, where r is the
/// relevance of an item and S the matrix of similarities, of unit diagonal. An item i next to the
/// ones in Y adds θ · rᵢ + (1 − θ) · log d²ᵢ, where d²ᵢ in (0, 1] is what is left of it when the
/// others are projected out: 1 when it is like none of them, near 0 when they say it all. With
/// r = log score that is, divided by θ, the logarithm of
///
///     score · (d²)^((1 − θ) / θ),
///
/// so the greedy choice is the one of the largest score times a factor in (0, 1]: what is published
/// is value × Π multipliers as everywhere, and the order is that of the process.
///
/// S = (1 − ridge) · K + ridge · I keeps d² at or above the ridge, whatever number of items K tells
/// apart. K is the Jaccard similarity of the tags, which is positive semidefinite (Gower 1971), or
/// (1 + cosine) / 2 of the embeddings, so that opposites do not count as alike (Chen et al., 4.1).
///
/// After `window` places the factor is 1.
public struct DeterminantalPointProcess: RankingRule {
    public static let name = "dpp"

    /// What two items are compared by.
    public enum Similarity: String, Codable, Sendable {
        case tags, embeddings
    }

    public var similarity: Similarity
    /// The weight of relevance against diversity; 1 leaves the order alone.
    public var theta: Double
    /// Places, from the first, over which items are spread.
    public var window: Int
    /// What no likeness takes away.
    public var ridge: Double

    public init(
        similarity: Similarity = .tags, theta: Double = 0.65, window: Int = 50,
        ridge: Double = 0.01
    ) {
        self.similarity = similarity
        self.theta = theta
        self.window = window
        self.ridge = ridge
    }

    public func validate() throws {
        try require(theta, in: 0.5...1, "theta")
        try require(window, in: 1...1_000, "window")
        try requireDemotion(ridge, "ridge")
    }

    var exponent: Double { (1 - theta) / theta }
}

extension DeterminantalPointProcess {
    /// The greedy process at work on the candidates of a user.
    ///
    /// The Cholesky factor of S_Y is grown by a row at each place, for all candidates at once:
    /// O(window² · candidates) in all, where determinants would take O(window⁴ · candidates).
    struct Process: SequentialRule {
        private let rule: DeterminantalPointProcess
        private let kernel: SimilarityKernel
        /// Rows of the factor, shape `[places, candidates]`.
        private var rows: [Double] = []
        /// d² of each candidate.
        private var residuals: [Double]
        private(set) var factors: [Float]
        private var places = 0

        init(_ rule: DeterminantalPointProcess, items: [UInt32], catalogue: RerankItems) {
            self.rule = rule
            kernel = SimilarityKernel(rule.similarity, items: items, catalogue: catalogue)
            residuals = [Double](repeating: 1, count: items.count)
            factors = [Float](repeating: 1, count: items.count)
        }

        mutating func choose(_ row: Int, remaining: [Int]) {
            places += 1
            guard places < rule.window else {
                if places == rule.window {
                    factors = [Float](repeating: 1, count: factors.count)
                    rows = []
                }
                return
            }
            var next = kernel.similarities(to: row, of: remaining)
            let count = residuals.count
            next.withUnsafeMutableBufferPointer { next in
                for other in remaining { next[other] *= 1 - rule.ridge }
                rows.withUnsafeBufferPointer { rows in
                    for start in stride(from: 0, to: rows.count, by: count) {
                        let own = rows[start + row]
                        for other in 0..<count { next[other] -= own * rows[start + other] }
                    }
                }
                let scale = 1 / residuals[row].squareRoot()
                for other in 0..<count { next[other] *= scale }
                for other in remaining {
                    // Never below the ridge but for rounding.
                    residuals[other] = max(
                        rule.ridge, residuals[other] - next[other] * next[other])
                    factors[other] = Float(pow(residuals[other], rule.exponent))
                }
            }
            rows += next
        }
    }
}
