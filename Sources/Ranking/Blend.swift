import Foundation

/// Weights of the terms of a blended score: a version of `serving.weights`.
public struct BlendWeights: Hashable, Sendable {
    public var affinity: Double
    public var popularity: Double
    public var freshness: Double

    public init(affinity: Double, popularity: Double, freshness: Double) {
        self.affinity = affinity
        self.popularity = popularity
        self.freshness = freshness
    }
}

/// The terms of a score that depend on the item alone, by item index.
public struct ItemTerms: Sendable {
    /// Positive events of the last days over those of the most popular item, in 0…1.
    public var popularity: [Double]
    /// Halved with every week of age, in 0…1.
    public var freshness: [Double]

    /// - Precondition: Both have one value per item.
    public init(popularity: [Double], freshness: [Double]) {
        precondition(
            popularity.count == freshness.count,
            "\(popularity.count) popularities beside \(freshness.count) freshnesses")
        self.popularity = popularity
        self.freshness = freshness
    }
}

/// A candidate of one user.
public struct Candidate: Hashable, Sendable {
    /// Index of the item.
    public var item: UInt32
    /// Score by the model, an inner product of embeddings.
    public var modelScore: Float
    /// The source that proposed it.
    public var source: Int16

    public init(item: UInt32, modelScore: Float, source: Int16) {
        self.item = item
        self.modelScore = modelScore
        self.source = source
    }
}

/// A ranked item, with the terms of its score.
public struct RankedItem: Hashable, Sendable {
    public var item: UInt32
    /// Σ weight × term, in double precision.
    public var score: Double
    public var affinity: Double
    public var popularity: Double
    public var freshness: Double
    public var source: Int16
}

/// Ranks the candidates of a user by a weighted sum of three terms.
///
/// The affinity of an item is exp(s − max s) over the model scores s of the user's candidates: the
/// share that a softmax gives it, relative to the best. So it lies in (0, 1] like the other two
/// terms, whatever the scale of the model.
public struct Blend: Sendable {
    public let weights: BlendWeights
    public let terms: ItemTerms

    public init(weights: BlendWeights, terms: ItemTerms) {
        self.weights = weights
        self.terms = terms
    }

    /// The best candidates, highest score first, equal scores by item index.
    ///
    /// - Parameters:
    ///   - candidates: An item proposed twice counts once, as its first source proposed it.
    ///   - length: Items in the list, at most.
    /// - Precondition: Model scores are finite and items have terms.
    /// - Complexity: O(n log n) for n candidates.
    public func rank(_ candidates: [Candidate], length: Int) -> [RankedItem] {
        guard let largest = candidates.lazy.map(\.modelScore).max() else { return [] }
        var seen = Set<UInt32>(minimumCapacity: candidates.count)
        let ranked = candidates.compactMap { candidate -> RankedItem? in
            guard seen.insert(candidate.item).inserted else { return nil }
            precondition(candidate.modelScore.isFinite, "a model score is not finite")
            let affinity = exp(Double(candidate.modelScore) - Double(largest))
            return score(candidate.item, affinity: affinity, source: candidate.source)
        }
        return best(of: ranked, length: length)
    }

    /// The best of some items where the model has no say: affinity is 0.
    public func rankWithoutModel(
        _ items: [UInt32], source: Int16, length: Int
    ) -> [RankedItem] {
        best(of: items.map { score($0, affinity: 0, source: source) }, length: length)
    }

    private func score(_ item: UInt32, affinity: Double, source: Int16) -> RankedItem {
        let popularity = terms.popularity[Int(item)]
        let freshness = terms.freshness[Int(item)]
        return RankedItem(
            item: item,
            score: weights.affinity * affinity + weights.popularity * popularity
                + weights.freshness * freshness,
            affinity: affinity, popularity: popularity, freshness: freshness, source: source)
    }

    private func best(of items: [RankedItem], length: Int) -> [RankedItem] {
        let sorted = items.sorted { $0.score == $1.score ? $0.item < $1.item : $0.score > $1.score }
        return Array(sorted.prefix(length))
    }
}
