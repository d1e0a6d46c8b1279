import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct BatchPlanTests {
    /// One user with twelve events, one with three.
    private let sequences = try! Sequences(
        offsets: [0, 12, 15], items: (0..<15).map { Int32($0 % 5) },
        days: [Int32](repeating: 0, count: 15))

    private func example(_ event: Int) -> Example {
        Example(user: event < 12 ? 0 : 1, event: Int32(event), weight: 1)
    }

    @Test func aWindowLeavesItsFirstExampleHalfOfIt() {
        func window(_ first: Int, _ last: Int) -> Range<Int>? {
            sequences.window(first: example(first), last: example(last), length: 4)
        }
        #expect(window(0, 0) == 0..<0)
        #expect(window(0, 3) == 0..<3)
        // The first has no events before it, so none are missed.
        #expect(window(0, 4) == 0..<4)
        #expect(window(0, 5) == nil)
        #expect(window(6, 8) == 4..<8)
        #expect(window(6, 9) == nil)
        #expect(window(11, 12) == nil, "another user")
        #expect(window(3, 2) == nil, "back in time")
    }

    @Test func rowsAreCoveredOnceAndHistoriesShared() {
        let examples = (0..<15).map(example)
        let plan = BatchPlan(
            examples, sequences, historyLength: 4, hasSequences: true, chunkCapacity: 6)
        #expect(plan.chunks.flatMap { $0.rows } == Array(0..<15))
        for chunk in plan.chunks {
            #expect(chunk.rows.count <= 6)
            #expect(chunk.runs.flatMap { $0.rows } == Array(chunk.rows))
            for run in chunk.runs {
                #expect(Set(examples[run.rows].map(\.user)).count == 1)
                #expect(run.window.upperBound == Int(examples[run.rows.upperBound - 1].event))
                #expect(run.window.count <= 4)
            }
        }
        let positions = plan.chunks.flatMap(\.runs).reduce(0) {
            $0 + 1 + $1.window.count + $1.rows.count
        }
        #expect(plan.positionCount == positions)
        #expect(plan.chunks.flatMap(\.runs).count < 15, "nothing is shared")
    }

    @Test func pooledHistoriesAreNotShared() {
        let plan = BatchPlan(
            (0..<15).map(example), sequences, historyLength: 4, hasSequences: false,
            chunkCapacity: 6)
        #expect(plan.chunks.map(\.rows) == [0..<6, 6..<12, 12..<15])
        #expect(plan.chunks.allSatisfy { $0.runs.allSatisfy { $0.rows.count == 1 } })
        #expect(plan.positionCount == 0)
    }

    @Test func slabsKeepLogitsBelowTheLimitButAtLeastFourChunks() {
        let examples = (0..<12).map(example)
        let plan = BatchPlan(
            examples, sequences, historyLength: 4, hasSequences: false, chunkCapacity: 1)
        #expect(plan.slabs(columns: 10, logitLimit: 1_000) == [0..<12])
        #expect(plan.slabs(columns: 10, logitLimit: 50) == [0..<5, 5..<10, 10..<12])
        #expect(plan.slabs(columns: 1_000, logitLimit: 50) == [0..<4, 4..<8, 8..<12])
    }
}
