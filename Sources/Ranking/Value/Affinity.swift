import Foundation

/// The term that a retrieval model gives: exp(s − max s) over the scores s of a user's candidates.
///
/// The share that a softmax gives an item relative to the best: it lies in [0, 1] whatever the scale
/// of the model.
public enum Affinity {
    /// The name of the term.
    public static let name = "affinity"

    /// The affinity of each candidate of one user.
    ///
    /// - Parameter scores: Inner products of embeddings.
    /// - Throws: `RankingRuleError` for a score that is not finite.
    public static func terms(of scores: [Float]) throws -> [Float] {
        if let row = scores.firstIndex(where: { !$0.isFinite }) {
            throw RankingRuleError.notFinite(row: row)
        }
        let largest = Double(scores.max() ?? 0)
        return scores.map { Float(exp(Double($0) - largest)) }
    }
}
