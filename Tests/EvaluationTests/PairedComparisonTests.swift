import LinearAlgebra
import Testing

@testable import Evaluation

@Suite struct PairedComparisonTests {
    /// 300 users with one true item among ten; the list of three holds it or does not.
    private func evaluation(hitting: (Int) -> Bool) throws -> RankingEvaluation {
        var evaluator = RankingEvaluator(metrics: [.recall(at: 3), .ndcg(at: 3)], itemCount: 10)
        let lists = (0..<300).map { hitting($0) ? [4, 5, 0] : [4, 5, 6] as [UInt32] }
        let truth = [[UInt32]](repeating: [0], count: 300)
        try evaluator.add(IndexLists(lists), truth: IndexLists(truth))
        return evaluator.evaluation()
    }

    @Test func aPairedDifferenceIsNarrowerThanTheIntervalsItComesFrom() throws {
        // The second model hits what the first hits, and 15 users more.
        let bootstrap = Bootstrap(replicates: 400)
        let first = try evaluation { $0 % 2 == 0 }
        let second = try evaluation { $0 % 2 == 0 || $0 % 20 == 1 }
        let recall = try PairedComparison(
            second, against: first, cohorts: [Int](repeating: 0, count: 300), cohortNames: ["low"]
        ).differences(bootstrap: bootstrap)[0]
        #expect(recall.cohort == nil && recall.measure == .init(name: "recall", k: 3))
        #expect(abs(recall.difference - 0.05) < 1e-7)
        #expect(abs(recall.first - 0.55) < 1e-7 && abs(recall.second - 0.5) < 1e-7)
        #expect(recall.interval.lowerBound > 0)
        let alone = try #require(first.report(bootstrap: bootstrap).value(.recall(at: 3)))
        let width = recall.interval.upperBound - recall.interval.lowerBound
        #expect(try width < #require(alone.upper) - #require(alone.lower))
    }

    @Test func cohortsHaveDifferencesOfTheirOwn() throws {
        // Four users; the last two of one cohort. Those without members are left out.
        let found = try PairedComparison(
            measures: [.init(name: "recall", k: 5)], first: [[1, 0, 0.5, 0.5]],
            second: [[0, 0, 1, 1]], cohorts: [0, 0, 2, 2], cohortNames: ["new", "low", "high"]
        ).differences(bootstrap: Bootstrap(replicates: 20))
        #expect(found.map(\.cohort) == [nil, "new", "high"])
        #expect(found.map(\.difference) == [0, 0.5, -0.5])
        #expect(found.map(\.first) == [0.5, 0.5, 0.5])
        #expect(found.map(\.second) == [0.5, 0, 1])
        #expect(found.map(\.userCount) == [4, 2, 2])
        #expect(found[2].interval == -0.5 ... -0.5)
    }

    @Test func equalModelsDifferByNothing() throws {
        let model = try evaluation { $0 % 3 == 0 }
        let found = try PairedComparison(
            model, against: model, cohorts: [Int](repeating: 0, count: 300), cohortNames: ["low"]
        ).differences(bootstrap: Bootstrap(replicates: 20))
        #expect(found.allSatisfy { $0.difference == 0 && $0.interval == 0...0 })
    }

    @Test func nobodyGivesNoDifferences() throws {
        let found = try PairedComparison(
            measures: [.init(name: "recall", k: 5)], first: [[]], second: [[]], cohorts: [],
            cohortNames: ["new"])
        #expect(found.differences(bootstrap: Bootstrap(replicates: 5)).isEmpty)
    }

    @Test func modelsOnOtherUsersOrMetricsCannotBeCompared() throws {
        let model = try evaluation { _ in true }
        var other = RankingEvaluator(metrics: [.recall(at: 3)], itemCount: 10)
        try other.add(IndexLists([[1]]), truth: IndexLists([[1]]))
        #expect(throws: EvaluationError.differentUsers) {
            try PairedComparison(
                model, against: other.evaluation(), cohorts: [Int](repeating: 0, count: 300),
                cohortNames: ["low"])
        }
        let short = #expect(throws: EvaluationError.self) {
            try PairedComparison(model, against: model, cohorts: [0], cohortNames: ["low"])
        }
        #expect(short?.code == .lengthMismatch)
        let column = #expect(throws: EvaluationError.self) {
            try PairedComparison(
                measures: [.init(name: "recall", k: 5)], first: [[1, 0]], second: [[1]],
                cohorts: [0, 0], cohortNames: ["low"])
        }
        #expect(column?.code == .lengthMismatch)
    }
}
