import LinearAlgebra
import Testing

@testable import VectorIndex

/// What comes of input that cannot be searched with, for every code: errors or defined results.
@Suite struct BadInputTests {
    private static let items = Vectors.clustered(300, 8, clusters: 10, spread: 0.3, seed: 1)
    private static let settings = InvertedFileSearchSettings(probes: 2)

    private func built(
        _ code: InvertedFileParameters.Code, of items: Matrix = items
    ) throws -> InvertedFile {
        try InvertedFileBuilder(
            InvertedFileParameters(similarity: .l2, listCount: 5, code: code)
        ).build(items: items)
    }

    @Test(arguments: InvertedFileParameters.Code.allCases)
    func embeddingsOfAnotherLengthAreRefused(code: InvertedFileParameters.Code) throws {
        let file = try built(code)
        let short = Matrix(rows: 300, columns: 7, repeating: 1)
        let asUsers = VectorIndexError.wrongDimension("user", 7, expected: 8)
        let asItems = VectorIndexError.wrongDimension("item", 7, expected: 8)
        #expect(throws: asUsers) {
            try InvertedFileSearcher(file).search(short, k: 3, settings: Self.settings)
        }
        #expect(throws: asItems) { try InvertedFileSearcher(file, vectors: short) }
        #expect(throws: asItems) {
            try file.adding(items: [1], vectors: Matrix(rows: 1, columns: 7, repeating: 1))
        }
        let exact = try ExactIndexBuilder(similarity: .l2).build(items: Self.items)
        #expect(throws: asUsers) { try exact.search(short, k: 3) }
        #expect(asUsers.message == "user embeddings have 7 values, the index has 8")
    }

    @Test(
        arguments: InvertedFileParameters.Code.allCases,
        [Float.nan, .infinity, -.infinity])
    func componentsThatAreNotFiniteAreRefused(
        code: InvertedFileParameters.Code, value: Float
    ) throws {
        var bad = Self.items
        bad[4, 3] = value
        let asItem = VectorIndexError.notFinite("item", row: 4)
        #expect(throws: asItem) { try built(code, of: bad) }
        let file = try built(code)
        #expect(throws: asItem) { try InvertedFileSearcher(file, vectors: bad) }
        #expect(throws: VectorIndexError.notFinite("item", row: 0)) {
            try file.adding(
                items: [4], vectors: Matrix(rows: 1, columns: 8, elements: Array(bad[row: 4])))
        }
        #expect(throws: VectorIndexError.notFinite("user", row: 4)) {
            try InvertedFileSearcher(file).search(bad, k: 3, settings: Self.settings)
        }
    }

    @Test func codesThatAreNotFiniteAreRefused() throws {
        for code in [InvertedFileParameters.Code.flat, .int8] {
            let file = try built(code)
            var codes = file.codes
            codes.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F])
            #expect(throws: VectorIndexError.self) {
                try InvertedFileSearcher(
                    InvertedFile(
                        parameters: file.parameters, itemCount: 300, centroids: file.centroids,
                        lists: file.lists, codes: codes))
            }
        }
    }

    @Test(arguments: InvertedFileParameters.Code.allCases)
    func anEmptyIndexFindsNothing(code: InvertedFileParameters.Code) throws {
        let empty = Matrix(rows: 0, columns: 8)
        let file = try built(code, of: empty)
        #expect(file.entryCount == 0)
        for vectors in [nil, empty] {
            let found = try InvertedFileSearcher(file, vectors: vectors)
                .search(Self.items, k: 3, settings: Self.settings)
            #expect(found.count == 300 && found.scores.isEmpty)
        }
    }

    @Test(arguments: InvertedFileParameters.Code.allCases)
    func moreRanksThanItemsGiveAllItems(code: InvertedFileParameters.Code) throws {
        let searcher = try InvertedFileSearcher(built(code), vectors: Self.items)
        let found = try searcher.search(Self.items, k: 1_000, settings: Self.settings)
        let expected = try ExactIndexBuilder(similarity: .l2).build(items: Self.items)
            .search(Self.items, k: 300)
        #expect(found == expected)
    }

    @Test(arguments: InvertedFileParameters.Code.allCases)
    func nothingAllowedGivesEmptyLists(code: InvertedFileParameters.Code) throws {
        let searcher = try InvertedFileSearcher(built(code))
        let none = [Bool](repeating: false, count: 300)
        let masked = try searcher.search(
            Self.items, k: 3, allowed: none, settings: Self.settings)
        #expect(masked.count == 300 && masked.scores.isEmpty)
        let user = Matrix(rows: 1, columns: 8, repeating: 1)
        let excluded = try searcher.search(
            user, k: 3, excluding: IndexLists([Array(0..<300)]), settings: Self.settings)
        #expect(excluded.count == 1 && excluded.scores.isEmpty)
    }
}
