import LinearAlgebra
import Testing

@testable import Evaluation

@Suite struct RankingEvaluationTests {
    /// 300 users with one true item among ten; the list of three holds it or does not.
    private func evaluation(hitting: (Int) -> Bool) throws -> RankingEvaluation {
        var evaluator = RankingEvaluator(metrics: [.recall(at: 3), .ndcg(at: 3)], itemCount: 10)
        let lists = (0..<300).map { hitting($0) ? [4, 5, 0] : [4, 5, 6] as [UInt32] }
        let truth = [[UInt32]](repeating: [0], count: 300)
        try evaluator.add(IndexLists(lists), truth: IndexLists(truth))
        return evaluator.evaluation()
    }

    @Test func everyFigureHasAnIntervalAroundIt() throws {
        let report = try evaluation { $0 % 3 == 0 }.report(bootstrap: Bootstrap(replicates: 200))
        #expect(report.values.count == 2)
        for value in report.values {
            let (lower, upper) = (try #require(value.lower), try #require(value.upper))
            #expect(lower < value.value && value.value < upper)
        }
    }

    @Test func cohortsShareOutUsersAndFigures() throws {
        var evaluator = RankingEvaluator(metrics: [.recall(at: 1)], itemCount: 3)
        try evaluator.add(
            IndexLists([[0], [1], [2], [0]]), truth: IndexLists([[0], [0], [2], []]))
        let reports = try evaluator.evaluation().reports(
            byCohort: [0, 0, 1, 1], names: ["new", "regular", "none"],
            bootstrap: Bootstrap(replicates: 20))
        #expect(reports.map(\.cohort) == ["new", "regular", "none"])
        #expect(reports.map(\.userCount) == [2, 1, 0])
        #expect(reports.map(\.skippedUserCount) == [0, 1, 0])
        #expect(reports[0].value(.recall(at: 1))?.value == 0.5)
        #expect(reports[1].value(.recall(at: 1))?.value == 1)
        #expect(reports[1].value(.recall(at: 1))?.lower == 1)
        #expect(reports[2].values.isEmpty)
    }

    @Test func aCohortForSomeRowsOnlyIsRefused() throws {
        let model = try evaluation { _ in true }
        let error = #expect(throws: EvaluationError.self) {
            try model.reports(byCohort: [0], names: ["new"])
        }
        #expect(error?.code == .lengthMismatch)
    }

    @Test func selectedMetricsHaveTheFiguresTheyHadAmongAll() throws {
        let model = try evaluation { $0 % 3 == 0 }
        let selected = model.selecting([.ndcg(at: 3)])
        #expect(selected.metrics == [.ndcg(at: 3)] && selected.values == [model.values[1]])
        #expect(selected.users == model.users && selected.rowCount == model.rowCount)
        let both = model.selecting([.ndcg(at: 3), .recall(at: 3)])
        #expect(both.values == [model.values[1], model.values[0]])
    }
}
