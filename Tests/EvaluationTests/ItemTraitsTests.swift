import Foundation
import LinearAlgebra
import Testing

@testable import Evaluation

/// Metrics beyond accuracy, worked by hand. Of four items, taken 5, 1, 0 and 2 times of 8:
///
///     item  content
///     0     1 2
///     1     2 3 4
///     2     none
///     3     1 2
@Suite struct ItemTraitsTests {
    static let traits = ItemTraits(
        takenCounts: [5, 1, 0, 2], content: IndexLists([[1, 2], [2, 3, 4], [], [1, 2]]))

    private func value(_ metric: RankingMetric, of list: [UInt32]) throws -> Float {
        var evaluator = RankingEvaluator(metrics: [metric], itemCount: 4, traits: Self.traits)
        try evaluator.add(IndexLists([list]), truth: IndexLists([[0]]))
        return evaluator.evaluation().values[0][0]
    }

    @Test(
        arguments: [
            // Shares with one added to each: 6, 2, 1 and 3 of 12.
            ([0], 1, 1.0),
            ([2, 0], 1, log2(12.0)),
            ([2, 0], 2, (log2(12.0) + 1) / 2),
            ([1, 3], 5, (log2(6.0) + 2) / 2),
            ([], 5, 0),
        ] as [([UInt32], Int, Double)])
    func noveltyIsTheMeanSelfInformation(list: [UInt32], k: Int, expected: Double) throws {
        #expect(abs(Double(try value(.novelty(at: k), of: list)) - expected) < 1e-6)
    }

    @Test(
        arguments: [
            ([0, 3], 2, 0), ([0, 1], 2, 1 - 1 / 4.0), ([0, 2], 2, 1), ([2], 2, 0), ([], 2, 0),
            ([0, 3, 1], 2, 0), ([0, 3, 1], 3, 1 - (1 + 2 / 4.0) / 3),
        ] as [([UInt32], Int, Double)])
    func diversityIsOneLessTheMeanJaccardSimilarity(
        list: [UInt32], k: Int, expected: Double
    ) throws {
        #expect(abs(Double(try value(.intraListDiversity(at: k), of: list)) - expected) < 1e-6)
    }

    @Test func itemsOfWhichNothingIsKnownAreNotSimilar() throws {
        let traits = ItemTraits(takenCounts: [1, 1], content: IndexLists([[], []]))
        #expect(traits.diversity(of: [0, 1]) == 1)
    }

    @Test func popularListsAreLessNovelThanRareOnes() throws {
        #expect(try value(.novelty(at: 2), of: [0, 3]) < value(.novelty(at: 2), of: [1, 2]))
    }
}
