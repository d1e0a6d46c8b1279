import Testing

@testable import Ranking

@Suite("Blend")
struct BlendTests {
    private let terms = ItemTerms(popularity: [0, 1, 0.5, 0], freshness: [1, 0, 0.5, 0])

    private func candidate(_ item: UInt32, _ score: Float, source: Int16 = 1) -> Candidate {
        Candidate(item: item, modelScore: score, source: source)
    }

    @Test("A score is the sum of weight times term")
    func sum() {
        let weights = BlendWeights(affinity: 1, popularity: 0.3, freshness: 0.2)
        let blend = Blend(weights: weights, terms: terms)
        let ranked = blend.rank(
            [candidate(0, 2), candidate(1, 1), candidate(2, -3), candidate(3, 0)], length: 10)
        #expect(ranked.count == 4)
        for row in ranked {
            let sum = row.affinity + 0.3 * row.popularity + 0.2 * row.freshness
            #expect(abs(row.score - sum) < 1e-12)
        }
        #expect(ranked[0].item == 0)
        #expect(ranked[0].affinity == 1)
    }

    @Test("With the model alone the order is that of the model, ties by item")
    func modelAlone() {
        let blend = Blend(
            weights: BlendWeights(affinity: 1, popularity: 0, freshness: 0), terms: terms)
        let ranked = blend.rank(
            [candidate(3, 1), candidate(2, 5), candidate(0, 1), candidate(1, 4)], length: 3)
        #expect(ranked.map(\.item) == [2, 1, 0])
    }

    @Test("An item proposed twice stands once, under its first source")
    func twice() {
        let blend = Blend(
            weights: BlendWeights(affinity: 1, popularity: 1, freshness: 0), terms: terms)
        let ranked = blend.rank(
            [candidate(1, 1, source: 1), candidate(1, 1, source: 2)], length: 5)
        #expect(ranked.map(\.source) == [1])
    }

    @Test("Scores of any scale give finite terms")
    func scale() {
        let blend = Blend(
            weights: BlendWeights(affinity: 1, popularity: 0, freshness: 0), terms: terms)
        let ranked = blend.rank([candidate(0, 3e38), candidate(1, -3e38)], length: 2)
        #expect(ranked.map(\.affinity) == [1, 0])
    }

    @Test("No candidates give no list")
    func empty() {
        let blend = Blend(
            weights: BlendWeights(affinity: 1, popularity: 0, freshness: 0), terms: terms)
        #expect(blend.rank([], length: 5).isEmpty)
    }
}
