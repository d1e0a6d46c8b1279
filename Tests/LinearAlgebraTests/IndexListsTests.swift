import LinearAlgebra
import Testing

@Suite struct IndexListsTests {
    @Test func rowsComeBackAsTheyWereGiven() {
        let lists = IndexLists([[3, 1], [], [0]])
        #expect(lists.count == 3)
        #expect(lists.offsets == [0, 2, 2, 3])
        #expect(lists[0] == [3, 1])
        #expect(lists[1].isEmpty)
        #expect(lists.largestIndex == 3)
        #expect(!lists.isStrictlyAscending)
        #expect(IndexLists([]).count == 0)
        #expect(IndexLists([]).largestIndex == nil)
    }

    @Test func pairsBecomeSetsWithoutRepetition() {
        let lists = IndexLists(
            setsFromRows: [2, 0, 2, 0, 2], values: [5, 4, 5, 1, 0], rowCount: 4)
        #expect(lists == IndexLists([[1, 4], [], [0, 5], []]))
        #expect(lists.isStrictlyAscending)
    }

    @Test func equalValuesAtTheEndOfOneRowAndTheStartOfTheNextAreBothKept() {
        let lists = IndexLists(setsFromRows: [0, 1], values: [7, 7], rowCount: 2)
        #expect(lists == IndexLists([[7], [7]]))
    }

    @Test func aRepetitionIsNotStrictlyAscending() {
        #expect(!IndexLists([[1], [2, 2]]).isStrictlyAscending)
        #expect(IndexLists([[1], [0, 2]]).isStrictlyAscending)
    }

    @Test func theTransposeListsTheRowsOfEachIndex() {
        let lists = IndexLists([[0, 2], [2], [0]])
        #expect(lists.transposed(columnCount: 4) == IndexLists([[0, 2], [], [0, 1], []]))
        #expect(lists.transposed(columnCount: 4).transposed(columnCount: 3) == lists)
    }

    @Test func rowsThatFollowOneAnotherAreListsOfTheirOwn() {
        let lists = IndexLists([[0, 2], [2], [], [1, 0]])
        #expect(lists[1..<4] == IndexLists([[2], [], [1, 0]]))
        #expect(lists[0..<4] == lists)
        #expect(lists[2..<2] == IndexLists([]))
        let ranked = RankedLists(items: lists, scores: [9, 8, 7, 6, 5])
        #expect(
            ranked[1..<4] == RankedLists(items: IndexLists([[2], [], [1, 0]]), scores: [7, 6, 5]))
        #expect(ranked[4..<4].count == 0)
    }
}
