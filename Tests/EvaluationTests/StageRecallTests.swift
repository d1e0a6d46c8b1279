import Evaluation
import Testing

@Suite struct StageRecallTests {
    /// Two users of cohort 0 and one of cohort 1, worked by hand.
    private var recall: StageRecall {
        var recall = StageRecall(stages: ["sources", "filter", "list"])
        // Of four items two were proposed; one of them was filtered.
        recall.add(passed: [3, 1], of: 4)
        recall.add(passed: [], of: 1)
        recall.add(passed: [2, 3], of: 2)
        return recall
    }

    @Test func `a stage has the mean share that passed it`() throws {
        let reports = try recall.reports(byCohort: [0, 0, 1], names: ["few", "many"])
        #expect(reports.map(\.cohort) == [nil, "few", "many"])
        #expect(reports.map(\.userCount) == [3, 2, 1])
        let names = ["recall_after_sources", "recall_after_filter", "recall_after_list"]
        for (report, values) in zip(
            reports, [[0.5, 1.25 / 3, 0.25], [0.25, 0.125, 0.125], [1, 1, 0.5]])
        {
            #expect(report.values.map(\.name) == names)
            #expect(report.values.allSatisfy { $0.k == 0 })
            for (found, wanted) in zip(report.values, values) {
                #expect(abs(found.value - wanted) < 1e-6)
            }
        }
    }

    @Test func `what a stage passes was passed by those before`() throws {
        let values = recall.values
        for stage in values.indices.dropFirst() {
            #expect(zip(values[stage], values[stage - 1]).allSatisfy { $0 <= $1 })
        }
    }

    @Test func `intervals hold the figures`() throws {
        let report = try recall.reports(
            byCohort: [0, 0, 0], names: ["all of them"], bootstrap: Bootstrap(replicates: 200)
        )[0]
        for value in report.values {
            #expect(try #require(value.lower) <= value.value)
            #expect(try #require(value.upper) >= value.value)
        }
    }

    @Test func `a cohort for each user, or an error; an empty cohort has no figures`() throws {
        #expect(throws: EvaluationError.self) { try recall.reports(byCohort: [0], names: ["few"]) }
        let reports = try recall.reports(byCohort: [0, 0, 0], names: ["few", "none"])
        #expect(reports[2].values == [])
    }

    @Test func `some users have the figures they had among all`() throws {
        let some = recall[1..<3]
        #expect(some.stages == recall.stages)
        #expect(some.values == recall.values.map { Array($0[1...]) })
        #expect(try some.reports(byCohort: [0, 0], names: ["some"])[0].userCount == 2)
    }
}
