import LinearAlgebra

@testable import Ranking

/// Random items and the candidates of a user among them.
struct RerankWorld {
    static let value = try! ValueModel(terms: [
        .init("like", weight: 1), .init("hide", weight: -0.5), .init("popularity", weight: 0.25),
    ])

    let items: RerankItems
    let candidates: CandidateList

    /// - Parameters:
    ///   - count: Candidates, out of twice as many items.
    ///   - creators: Different creators; some items have none.
    ///   - tags: Different tags, of which an item has up to three.
    init(seed: UInt64, count: Int = 40, creators: Int = 6, tags: Int = 8, factors: Int = 2) {
        var generator = SeededGenerator(seed: seed)
        let itemCount = 2 * count
        items = RerankItems(
            ids: (0..<itemCount).map { 1_000 + 7 * Int64($0) },
            creators: (0..<itemCount).map { _ in
                Int32(generator.index(below: creators + 1)) - 1
            },
            tags: IndexLists(
                (0..<itemCount).map { _ in
                    let many = generator.index(below: 4)
                    return Set((0..<many).map { _ in UInt32(generator.index(below: tags)) })
                        .sorted()
                }),
            embeddings: .gaussian(rows: itemCount, columns: 5, deviation: 1, using: &generator),
            feedback: (0..<itemCount).map { _ in
                let exposures = UInt32(generator.index(below: 60))
                return .init(
                    exposures: exposures,
                    positives: UInt32(generator.index(below: Int(exposures) + 1)))
            })
        let choices: [Float] = [0, 0.5, 1, 1, 1, 1.5]
        candidates = CandidateList(
            items: (0..<UInt32(itemCount)).shuffled(using: &generator).prefix(count).map { $0 },
            sources: (0..<count).map { _ in Int16(1 + generator.index(below: 3)) },
            terms: Matrix(
                rows: count, columns: 3,
                elements: (0..<3 * count).map { _ in generator.uniform() }),
            factors: Matrix(
                rows: count, columns: factors,
                elements: (0..<factors * count).map { _ in
                    choices[generator.index(below: choices.count)]
                }))
    }

    func reranker(_ rules: RerankRules, length: Int = 20) throws -> Reranker {
        try Reranker(rules: rules, value: Self.value, items: items, length: length)
    }

    func list(_ rules: RerankRules, length: Int = 20, user: Int64 = 1) throws -> RerankedList {
        let reranker = try reranker(rules, length: length)
        var candidates = candidates
        candidates.draws = reranker.draws(for: user, of: candidates)
        return try reranker.rerank(candidates)
    }
}
