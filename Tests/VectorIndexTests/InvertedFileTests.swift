import LinearAlgebra
import Testing

@testable import VectorIndex

@Suite struct InvertedFileTests {
    private func file(
        _ items: Matrix, code: InvertedFileParameters.Code = .flat
    ) throws -> InvertedFile {
        try InvertedFileBuilder(InvertedFileParameters(listCount: 12, code: code))
            .build(items: items)
    }

    @Test(arguments: InvertedFileParameters.Code.allCases)
    func partsMakeTheSameFileAgain(code: InvertedFileParameters.Code) throws {
        let items = Vectors.clustered(500, 6, clusters: 12, spread: 0.4, seed: 1)
        let file = try file(items, code: code)
        let lists = (0..<file.lists.count).map { Array(file.lists[$0]) }
        let codes = (0..<file.lists.count).flatMap { Array(file.codes(ofList: $0)) }
        let again = try InvertedFile(
            parameters: file.parameters, itemCount: 500, centroids: file.centroids,
            lists: IndexLists(lists), quantiser: file.quantiser, codes: codes)
        #expect(again == file)
        #expect(file.lists.values.sorted() == Array(0..<500))
    }

    @Test func theFileDoesNotDependOnThreads() throws {
        let items = Vectors.clustered(3000, 6, clusters: 12, spread: 0.4, seed: 1)
        let parameters = InvertedFileParameters(listCount: 30, code: .int8)
        #expect(
            try InvertedFileBuilder(parameters, threadCount: 1).build(items: items)
                == InvertedFileBuilder(parameters, threadCount: 3).build(items: items))
    }

    @Test func partsThatDoNotBelongTogetherAreRefused() throws {
        let file = try file(Vectors.clustered(50, 2, clusters: 12, spread: 0.4, seed: 1))
        func damaged(
            itemCount: Int = 50, lists: IndexLists? = nil, codes: [UInt8]? = nil,
            centroids: Matrix? = nil
        ) throws {
            _ = try InvertedFile(
                parameters: file.parameters, itemCount: itemCount,
                centroids: centroids ?? file.centroids, lists: lists ?? file.lists,
                codes: codes ?? file.codes)
        }
        try damaged()
        #expect(throws: VectorIndexError.self) { try damaged(itemCount: 49) }
        #expect(throws: VectorIndexError.self) { try damaged(codes: [1, 2, 3]) }
        #expect(throws: VectorIndexError.self) { try damaged(lists: IndexLists([[0]])) }
        var values = file.lists.values
        values[0] = values[49]
        #expect(throws: VectorIndexError.self) {
            try damaged(lists: IndexLists(offsets: file.lists.offsets, values: values))
        }
        var centroids = file.centroids
        centroids[3, 1] = .nan
        #expect(throws: VectorIndexError.notFinite("centroid", row: 3)) {
            try damaged(centroids: centroids)
        }
    }

    @Test(arguments: InvertedFileParameters.Code.allCases)
    func addedItemsAreFoundAndRemovedOnesAreNot(code: InvertedFileParameters.Code) throws {
        let items = Vectors.clustered(400, 6, clusters: 12, spread: 0.4, seed: 2)
        let full = try file(items, code: code)
        let removed: [UInt32] = [3, 77, 399]
        let fewer = try full.removing(items: removed)
        #expect(fewer.entryCount == 397 && fewer.itemCount == 400)
        #expect(!fewer.lists.values.contains { removed.contains($0) })
        let vectors = Matrix(
            rows: 3, columns: 6, elements: removed.flatMap { items[row: Int($0)] })
        #expect(try fewer.adding(items: removed, vectors: vectors) == full)
    }

    @Test func anAddedItemThatIsThereIsReplaced() throws {
        let items = Vectors.clustered(400, 6, clusters: 12, spread: 0.4, seed: 2)
        let changed = Matrix(
            rows: 2, columns: 6, elements: Array(items[row: 5]) + Array(items[row: 6]))
        let file = try file(items).adding(items: [4, 400], vectors: changed)
        #expect(file.entryCount == 401 && file.itemCount == 401)
        let searcher = try InvertedFileSearcher(file)
        let same = Matrix(rows: 1, columns: 6, elements: Array(items[row: 5]))
        let lists = (0..<file.lists.count).filter { list in
            file.lists[list].contains(4)
        }
        #expect(lists.count == 1)
        #expect(file.lists[lists[0]].contains(5))
        #expect(file.decoded(entries: [Int(searcher.slots[4])]) == same)
    }

    @Test func parametersThatContradictThemselvesAreRefused() {
        let items = Matrix(rows: 3, columns: 2, repeating: 1)
        for parameters in [
            InvertedFileParameters(listCount: -1), InvertedFileParameters(iterations: 0),
            InvertedFileParameters(largestImbalance: 0.5),
        ] {
            #expect(throws: VectorIndexError.self) {
                try InvertedFileBuilder(parameters).build(items: items)
            }
        }
    }

    @Test func automaticListsAreFortyItemsLongAtLeast() {
        #expect(InvertedFileParameters.automaticListCount(itemCount: 0) == 1)
        #expect(InvertedFileParameters.automaticListCount(itemCount: 400) == 10)
        #expect(InvertedFileParameters.automaticListCount(itemCount: 1_000_000) == 2000)
    }
}
