import LinearAlgebra
import Testing
import VectorIndex

@Suite struct RecallSharesTests {
    private func lists(_ items: [[UInt32]]) -> RankedLists {
        RankedLists(
            items: IndexLists(items), scores: [Float](repeating: 0, count: items.joined().count))
    }

    @Test func `shares are of the exact beginning, whatever the order in it`() {
        let expected = lists([[1, 2, 3, 4], [5, 6, 7, 8], [], [9]])
        let found = lists([[2, 1, 9, 3], [8, 7, 6, 5], [1], []])
        let two = RecallShares(of: found, expected: expected, cutoff: 2)
        // 1, 0, nothing to find, and 0.
        #expect(two.mean == 0.5 && two.minimum == 0 && two.fifthPercentile == 0)
        let four = RecallShares(of: found, expected: expected, cutoff: 4)
        // 3/4, 1, nothing to find, and 0.
        #expect(four.mean == 0.6875)
    }

    @Test func `one query in twenty may lie below the fifth percentile`() {
        let expected = lists((0..<40).map { _ in [1, 2] })
        func found(missing: Int) -> RankedLists {
            lists((0..<40).map { $0 < missing ? [1, 3] : [2, 1] })
        }
        #expect(
            RecallShares(of: found(missing: 2), expected: expected, cutoff: 2).fifthPercentile == 1)
        let three = RecallShares(of: found(missing: 3), expected: expected, cutoff: 2)
        #expect(three.fifthPercentile == 0.5 && three.minimum == 0.5)
        #expect(three.mean == 0.9625)
    }

    @Test func `without queries nothing is missed`() {
        let none = RecallShares(of: lists([]), expected: lists([]), cutoff: 10)
        #expect(none.mean == 1 && none.fifthPercentile == 1 && none.minimum == 1)
    }
}
