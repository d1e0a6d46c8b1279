import LinearAlgebra
import Testing

@testable import VectorIndex

@Suite struct ExactIndexTests {
    static let items = Matrix(
        rows: 5, columns: 2, elements: [1, 0, 0, 2, 1, 0, 3, 3, 0, 0])

    @Test func theBestItemsComeFirstAndTiesAscend() throws {
        let index = try ExactIndexBuilder().build(items: Self.items)
        let users = Matrix(rows: 2, columns: 2, elements: [1, 0, 0, -1])
        let lists = try index.search(users, k: 4)
        #expect(lists.items == IndexLists([[3, 0, 2, 1], [0, 2, 4, 1]]))
        #expect(lists.scores(of: 0) == [3, 1, 1, 0])
        #expect(lists.scores(of: 1) == [0, 0, 0, -2])
    }

    @Test func cosineForgetsLengthAndGivesZeroToZeroVectors() throws {
        let index = try ExactIndexBuilder(similarity: .cosine).build(items: Self.items)
        let users = Matrix(rows: 2, columns: 2, elements: [5, 0, 0, 0])
        let lists = try index.search(users, k: 5)
        #expect(lists.items == IndexLists([[0, 2, 3, 1, 4], [0, 1, 2, 3, 4]]))
        #expect(lists.scores(of: 0)[0] == 1)
        #expect(abs(lists.scores(of: 0)[2] - Float(0.5).squareRoot()) < 1e-7)
        #expect(lists.scores(of: 1) == [0, 0, 0, 0, 0])
    }

    @Test func moreRanksThanCandidatesGiveShorterLists() throws {
        let index = try ExactIndexBuilder().build(items: Self.items)
        let users = Matrix(rows: 3, columns: 2, elements: [1, 0, 1, 0, 1, 0])
        let lists = try index.search(
            users, k: 1000, excluding: IndexLists([[], [0, 3], [0, 1, 2, 3, 4]]))
        #expect(lists.items == IndexLists([[3, 0, 2, 1, 4], [2, 1, 4], []]))
    }

    @Test func noRanksNoUsersOrNoItemsGiveEmptyResults() throws {
        let index = try ExactIndexBuilder().build(items: Self.items)
        let users = Matrix(rows: 2, columns: 2, repeating: 1)
        #expect(try index.search(users, k: 0).items == IndexLists([[], []]))
        #expect(try index.search(Matrix(rows: 0, columns: 2), k: 3).count == 0)
        let empty = try ExactIndexBuilder().build(items: Matrix(rows: 0, columns: 2))
        #expect(try empty.search(users, k: 3).items == IndexLists([[], []]))
    }

    @Test func aMaskLeavesItemsOutAndKeepsTheirIndexes() throws {
        let index = try ExactIndexBuilder().build(items: Self.items)
            .restricted(to: [false, true, true, false, true])
        let users = Matrix(rows: 2, columns: 2, elements: [1, 1, 1, 1])
        #expect(index.candidateCount == 3 && index.itemCount == 5)
        let lists = try index.search(users, k: 3, excluding: IndexLists([[], [0, 2]]))
        #expect(lists.items == IndexLists([[1, 2, 4], [1, 4]]))
        let fewer = index.restricted(to: [true, false, true, true, true])
        #expect(try fewer.search(users, k: 3).items == IndexLists([[2, 4], [2, 4]]))
        let none = index.restricted(to: [Bool](repeating: false, count: 5))
        #expect(try none.search(users, k: 3).items == IndexLists([[], []]))
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity], Similarity.allCases)
    func embeddingsThatAreNotFiniteAreRefused(value: Float, similarity: Similarity) throws {
        var bad = Self.items
        bad[3, 1] = value
        let builder = ExactIndexBuilder(similarity: similarity)
        #expect(throws: VectorIndexError.notFinite("item", row: 3)) {
            try builder.build(items: bad)
        }
        let index = try builder.build(items: Self.items)
        #expect(throws: VectorIndexError.notFinite("user", row: 3)) {
            try index.search(bad, k: 1)
        }
        let blocks = ExactSearchSettings(userBlock: 2, threadCount: 1)
        #expect(throws: VectorIndexError.notFinite("user", row: 3)) {
            try index.search(bad, k: 1, settings: blocks)
        }
    }

    @Test func scoresThatWouldOverflowAreRefused() throws {
        let large = Matrix(rows: 1, columns: 2, elements: [1e20, 0])
        let index = try ExactIndexBuilder().build(items: large)
        #expect(throws: VectorIndexError.tooLarge("user", row: 0)) {
            try index.search(large, k: 1)
        }
        let cosine = try ExactIndexBuilder(similarity: .cosine).build(items: large)
        #expect(try cosine.search(large, k: 1).scores == [1])
    }

    @Test func blocksArriveInOrderAndAnErrorEndsTheSearch() throws {
        struct Stop: Error {}
        let index = try ExactIndexBuilder().build(items: Self.items)
        let users = Matrix(rows: 101, columns: 2, repeating: 1)
        let settings = ExactSearchSettings(userBlock: 4, threadCount: 2)
        var seen: [Int] = []
        try index.search(users, k: 2, settings: settings) { rows, lists in
            #expect(rows.count == lists.count)
            seen += rows
        }
        #expect(seen == Array(0..<101))
        var deliveries = 0
        #expect(throws: Stop.self) {
            try index.search(users, k: 2, settings: settings) { _, _ in
                deliveries += 1
                if deliveries == 3 { throw Stop() }
            }
        }
        #expect(deliveries == 3)
    }
}
