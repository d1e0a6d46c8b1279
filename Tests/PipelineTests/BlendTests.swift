import LinearAlgebra
import Ranking
import Testing

@testable import Pipeline

@Suite("Blend")
struct BlendTests {
    private func blend(
        affinity: Double, popularity: Double, freshness: Double, length: Int = 10
    ) throws -> Blend {
        try Blend(
            value: ValueModel(
                terms: zip(Blend.termNames, [affinity, popularity, freshness]).map {
                    ValueModel.Term($0, weight: $1)
                }),
            itemTerms: Matrix(rows: 4, columns: 2, elements: [0, 1, 1, 0, 0.5, 0.5, 0, 0]),
            items: RerankItems(ids: [1, 2, 3, 4]), length: length)
    }

    private func proposal(
        _ item: UInt32, _ score: Float, source: CandidateSource = .twoTower
    ) -> Blend.Proposal {
        Blend.Proposal(item: item, modelScore: score, source: source.rawValue)
    }

    @Test("A score is the sum of weight times term")
    func sum() throws {
        let ranked = try blend(affinity: 1, popularity: 0.3, freshness: 0.2).rank([
            proposal(0, 2), proposal(1, 1), proposal(2, -3), proposal(3, 0),
        ])
        #expect(ranked.map(\.item).sorted() == [0, 1, 2, 3])
        for row in ranked {
            let sum =
                Double(row.affinity) + 0.3 * Double(row.popularity)
                + 0.2 * Double(row.freshness)
            #expect(abs(row.score - sum) < 1e-12)
        }
        #expect(ranked[0].item == 0)
        #expect(ranked[0].affinity == 1)
    }

    @Test("With the model alone the order is that of the model, ties by item")
    func modelAlone() throws {
        let ranked = try blend(affinity: 1, popularity: 0, freshness: 0, length: 3).rank([
            proposal(3, 1), proposal(2, 5), proposal(0, 1), proposal(1, 4),
        ])
        #expect(ranked.map(\.item) == [2, 1, 0])
    }

    @Test("An item proposed twice stands once, under its first source")
    func twice() throws {
        let ranked = try blend(affinity: 1, popularity: 1, freshness: 0).rank([
            proposal(1, 1), proposal(1, 1, source: .popular),
        ])
        #expect(ranked.map(\.source) == [CandidateSource.twoTower.rawValue])
    }

    @Test("Without the model, affinity is 0 and the item decides")
    func withoutModel() throws {
        let ranked = try blend(affinity: 1, popularity: 2, freshness: 0.5, length: 2)
            .rankWithoutModel([3, 2, 1], source: .fallback)
        #expect(ranked.map(\.item) == [1, 2])
        #expect(ranked.map(\.score) == [2, 1.25])
        #expect(ranked.allSatisfy { $0.affinity == 0 && $0.source == 3 })
    }

    @Test("No proposals give no list")
    func empty() throws {
        #expect(try blend(affinity: 1, popularity: 0, freshness: 0).rank([]).isEmpty)
    }
}
