import LinearAlgebra
import Ranking

/// Ranks what the sources propose to a user by affinity, popularity and freshness.
struct Blend: Sendable {
    /// The terms of its value, in their order.
    static let termNames = [Affinity.name, "popularity", "freshness"]

    private let reranker: Reranker
    /// Popularity and freshness, shape `[items, 2]`.
    private let itemTerms: Matrix

    /// An item that a source proposes to a user.
    struct Proposal {
        var item: UInt32
        /// Score by the model, an inner product of embeddings.
        var modelScore: Float
        var source: CandidateSource.RawValue
    }

    /// A place of a list, with the terms of its score.
    struct Place: Sendable {
        var item: UInt32
        var source: CandidateSource.RawValue
        var score: Double
        var affinity: Float
        var popularity: Float
        var freshness: Float
    }

    /// - Parameters:
    ///   - itemTerms: Popularity and freshness, shape `[items, 2]`.
    ///   - length: Items of a list, at most.
    init(value: ValueModel, itemTerms: Matrix, items: RerankItems, length: Int) throws {
        precondition(
            value.terms.map(\.name) == Self.termNames && itemTerms.columns == 2,
            "a blend of \(value.terms.count) terms, item terms \(itemTerms.shape)")
        reranker = try Reranker(
            rules: RerankRules(), value: value, items: items, length: length)
        self.itemTerms = itemTerms
    }

    /// The list of a user; an item proposed twice counts once, as its first source proposed it.
    ///
    /// - Throws: `RankingRuleError` for a model score that is not finite.
    func rank(_ proposals: [Proposal]) throws -> [Place] {
        var seen = Set<UInt32>(minimumCapacity: proposals.count)
        let merged = proposals.filter { seen.insert($0.item).inserted }
        return try list(
            merged.map(\.item), sources: merged.map(\.source),
            affinities: Affinity.terms(of: merged.map(\.modelScore)))
    }

    /// The list of users of whom the model knows nothing: affinity is 0.
    ///
    /// - Parameter items: Each once.
    func rankWithoutModel(
        _ items: [UInt32], source: CandidateSource
    ) throws -> [Place] {
        try list(
            items, sources: items.map { _ in source.rawValue }, affinities: items.map { _ in 0 })
    }

    private func list(
        _ items: [UInt32], sources: [CandidateSource.RawValue], affinities: [Float]
    ) throws -> [Place] {
        let terms = Matrix(
            rows: items.count, columns: Self.termNames.count,
            elements: zip(items, affinities).flatMap { item, affinity in
                [affinity, itemTerms[Int(item), 0], itemTerms[Int(item), 1]]
            })
        let list = try reranker.rerank(
            CandidateList(items: items, sources: sources, terms: terms))
        return list.items.map { place in
            Place(
                item: place.item, source: place.source, score: place.score,
                affinity: terms[place.row, 0], popularity: terms[place.row, 1],
                freshness: terms[place.row, 2])
        }
    }
}
