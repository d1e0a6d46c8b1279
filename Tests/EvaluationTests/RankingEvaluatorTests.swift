import Foundation
import LinearAlgebra
import Testing

@testable import Evaluation

/// A case worked by hand. Of six items:
///
///     user  list          truth      hits at ranks (from 1)
///     0     2 0 5 1       0 1 4      2 and 4
///     1     3             3          1
///     2     1 4           none       skipped
///     3     none          1 2        none
@Suite struct RankingEvaluatorTests {
    static let lists = IndexLists([[2, 0, 5, 1], [3], [1, 4], []])
    static let truth = IndexLists([[0, 1, 4], [3], [], [1, 2]])

    private func evaluate(
        _ metrics: [RankingMetric], catalogue: [CatalogueMetric] = [],
        popularity: [Double] = []
    ) throws -> RankingEvaluation {
        var evaluator = RankingEvaluator(
            metrics: metrics, catalogue: catalogue, itemCount: 6, popularity: popularity)
        try evaluator.add(Self.lists, truth: Self.truth)
        return evaluator.evaluation()
    }

    /// A metric with its values for users 0 and 1.
    static let cases: [(RankingMetric, Double, Double)] = {
        // Discounts of the ranks 2, 3 and 4; that of rank 1 is 1.
        let (second, third, fourth) = (1 / log2(3.0), 0.5, 1 / log2(5.0))
        return [
            (.recall(at: 2), 1.0 / 3, 1),
            (.recall(at: 4), 2.0 / 3, 1),
            (.recall(at: 50), 2.0 / 3, 1),
            (.hitRate(at: 1), 0, 1),
            (.hitRate(at: 2), 1, 1),
            (.ndcg(at: 1), 0, 1),
            (.ndcg(at: 2), second / (1 + second), 1),
            (.ndcg(at: 4), (second + fourth) / (1 + second + third), 1),
            (.reciprocalRank(at: 1), 0, 1),
            (.reciprocalRank(at: 4), 0.5, 1),
            (.averagePrecision(at: 2), 0.25, 1),
            (.averagePrecision(at: 4), (0.5 + 0.5) / 3, 1),
        ]
    }()

    @Test(arguments: cases)
    func figuresAreThoseWorkedByHand(
        metric: RankingMetric, first: Double, second: Double
    ) throws {
        let evaluation = try evaluate([metric])
        #expect(evaluation.users == [0, 1, 3])
        #expect(evaluation.values == [[Float(first), Float(second), 0]])
        let value = try #require(evaluation.report().value(metric))
        #expect(abs(value.value - (first + second) / 3) < 1e-7)
        #expect(value.userCount == 3)
        #expect(value.lower == nil && value.upper == nil)
    }

    @Test func usersWithoutTruthAreSkippedAndCounted() throws {
        let report = try evaluate([.recall(at: 4)]).report()
        #expect(report.userCount == 3)
        #expect(report.skippedUserCount == 1)
    }

    @Test func theCatalogueCountsEveryListWithinTheCutoff() throws {
        // Within two ranks: 2 0, 3, 1 4. Five of six items, each once.
        let report = try evaluate(
            [], catalogue: [.coverage(at: 2), .gini(at: 2), .meanPopularity(at: 2)],
            popularity: [10, 20, 30, 40, 50, 60]
        ).report()
        #expect(report.value(.coverage(at: 2))?.value == 5.0 / 6)
        // Ascending 0 1 1 1 1 1 with factors −5 −3 −1 1 3 5: 5 / (5 · 5).
        #expect(report.value(.gini(at: 2))?.value == 0.2)
        #expect(report.value(.meanPopularity(at: 2))?.value == (30 + 10 + 40 + 20 + 50) / 5.0)
    }

    @Test func oneItemShownToAllIsUtterInequality() throws {
        var evaluator = RankingEvaluator(
            metrics: [], catalogue: [.gini(at: 1), .coverage(at: 1)], itemCount: 4)
        try evaluator.add(IndexLists([[2], [2], [2]]), truth: IndexLists([[], [], []]))
        let report = evaluator.evaluation().report()
        #expect(report.value(.gini(at: 1))?.value == 1)
        #expect(report.value(.coverage(at: 1))?.value == 0.25)
    }

    @Test func withoutListsTheInequalityIsUndefinedAndMeansAreAbsent() throws {
        let evaluator = RankingEvaluator(
            metrics: [.recall(at: 1)], catalogue: [.gini(at: 1), .coverage(at: 1)], itemCount: 4)
        let report = evaluator.evaluation().report(bootstrap: Bootstrap(replicates: 10))
        #expect(report.values.map(\.name) == ["coverage"])
        #expect(report.userCount == 0)
    }

    @Test func blocksGiveTheSameAsTheWhole() throws {
        let metrics: [RankingMetric] = [.recall(at: 4), .ndcg(at: 4)]
        var evaluator = RankingEvaluator(
            metrics: metrics, catalogue: [.coverage(at: 4)], itemCount: 6)
        for rows in [0..<1, 1..<3, 3..<4] {
            try evaluator.add(
                IndexLists(rows.map { Array(Self.lists[$0]) }),
                truth: IndexLists(rows.map { Array(Self.truth[$0]) }))
        }
        #expect(evaluator.evaluation() == (try evaluate(metrics, catalogue: [.coverage(at: 4)])))
    }

    static let refused: [(IndexLists, IndexLists, EvaluationError.Code)] = [
        (IndexLists([[1, 2], [4, 4]]), IndexLists([[1], [2]]), .duplicateItem),
        (IndexLists([[1, 2], [4, 1, 4]]), IndexLists([[], []]), .duplicateItem),
        (IndexLists([[1, 2], [4]]), IndexLists([[1], [2, 0, 2]]), .duplicateTruth),
        (IndexLists([[1, 2], [6]]), IndexLists([[1], [2]]), .unknownItem),
        (IndexLists([[1, 2], [5]]), IndexLists([[1], [7]]), .unknownItem),
        (IndexLists([[1, 2], [5]]), IndexLists([[1]]), .lengthMismatch),
    ]

    @Test(arguments: refused)
    func badListsAreRefusedAndAddNothing(
        lists: IndexLists, truth: IndexLists, code: EvaluationError.Code
    ) throws {
        var evaluator = RankingEvaluator(
            metrics: [.recall(at: 2)], catalogue: [.coverage(at: 2)], itemCount: 6)
        let before = evaluator.evaluation()
        let error = #expect(throws: EvaluationError.self) {
            try evaluator.add(lists, truth: truth)
        }
        #expect(error?.code == code)
        #expect(evaluator.evaluation() == before)
    }

    /// Every figure against definitions written a second time, as sums over all ranks.
    @Test(arguments: UInt64(0)..<8)
    func figuresAgreeWithThePlainDefinitions(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let itemCount = 3 + generator.index(below: 40)
        let userCount = 1 + generator.index(below: 700)
        let all = (0..<UInt32(itemCount))
        func draw(_ most: Int) -> [[UInt32]] {
            (0..<userCount).map { _ in
                Array(
                    all.shuffled(using: &generator)
                        .prefix(generator.index(below: min(most, itemCount) + 1)))
            }
        }
        let (lists, truth) = (draw(12), draw(6))
        let k = 1 + generator.index(below: 14)
        var reports: [RankingEvaluation] = []
        for threadCount in [1, 2, 3] {
            var evaluator = RankingEvaluator(
                metrics: [.recall(at: k), .ndcg(at: k), .reciprocalRank(at: k)],
                itemCount: itemCount, threadCount: threadCount)
            try evaluator.add(IndexLists(lists), truth: IndexLists(truth))
            reports.append(evaluator.evaluation())
        }
        #expect(reports[0] == reports[1] && reports[0] == reports[2], "seed \(seed)")
        for (position, user) in reports[0].users.enumerated() {
            let hits = (0..<k).map { rank in
                lists[user].indices.contains(rank) && truth[user].contains(lists[user][rank])
                    ? 1.0 : 0.0
            }
            let best = min(k, truth[user].count)
            let ideal = (0..<best).reduce(0.0) { $0 + 1 / log2(Double($1 + 2)) }
            let gain = hits.enumerated().reduce(0.0) { $0 + $1.1 / log2(Double($1.0 + 2)) }
            let first = hits.firstIndex(of: 1).map { 1 / Double($0 + 1) } ?? 0
            let expected = [hits.reduce(0, +) / Double(truth[user].count), gain / ideal, first]
            for (metric, value) in expected.enumerated() {
                let actual = Double(reports[0].values[metric][position])
                #expect(abs(actual - value) < 1e-6, "metric \(metric), user \(user), seed \(seed)")
            }
        }
        #expect(reports[0].users == truth.indices.filter { !truth[$0].isEmpty }, "seed \(seed)")
    }
}
