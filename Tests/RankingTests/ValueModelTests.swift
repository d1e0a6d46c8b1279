import LinearAlgebra
import Testing

@testable import Ranking

@Suite struct ValueModelTests {
    @Test func aValueIsTheSumOfWeightTimesTerm() throws {
        let model = try ValueModel(terms: [
            .init("like", weight: 0.5), .init("follow", weight: 4), .init("hide", weight: -43),
        ])
        #expect(model.value(of: [0.5, 0.25, 0]) == 1.25)
        #expect(model.value(of: [0.5, 0.25, 0.0625]) == 0.25 + 1 - 43 / 16)
        let matrix = Matrix(rows: 2, columns: 3, elements: [0.5, 0.25, 0, 0, 0, 0.5])
        #expect(model.values(of: matrix) == [1.25, -21.5])
    }

    @Test func termsAreAddedInTheOrderOfPlaces() throws {
        // 2⁵³ swallows a 1 that is added to it, but not the 2 of two that were added before.
        let terms: [Float] = [1, 1, 0x1p53]
        let model = try ValueModel(terms: ["a", "b", "c"].map { .init($0, weight: 1) })
        #expect(model.value(of: terms) == 0x1p53 + 2)
        #expect(model.value(of: terms.reversed()) == 0x1p53)
    }

    @Test func aScoreIsTheValueTimesItsMultipliers() {
        #expect(ValueModel.score(value: 3, multipliers: [0.5, 4]) == 6)
        #expect(ValueModel.score(value: -3, multipliers: []) == -3)
    }

    @Test func weightsMustBeFiniteAndNamesDistinct() {
        for terms: [ValueModel.Term] in [
            [.init("like", weight: .infinity)], [.init("like", weight: .nan)],
            [.init("like", weight: 1), .init("like", weight: 2)],
        ] {
            let error = #expect(throws: RankingRuleError.self) { try ValueModel(terms: terms) }
            #expect(error?.code == .invalidTerms)
        }
    }

    @Test func affinityIsRelativeToTheBest() throws {
        let terms = try Affinity.terms(of: [2, 1, 2])
        #expect(terms[0] == 1 && terms[2] == 1)
        #expect(abs(terms[1] - 0.36787944) < 1e-7)
        #expect(try Affinity.terms(of: [3e38, -3e38]) == [1, 0])
        #expect(try Affinity.terms(of: []) == [])
        let error = #expect(throws: RankingRuleError.self) { try Affinity.terms(of: [1, .nan]) }
        #expect(error == .notFinite(row: 1))
    }
}
