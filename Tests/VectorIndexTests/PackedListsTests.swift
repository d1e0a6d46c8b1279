import LinearAlgebra
import Testing

@testable import VectorIndex

/// Product-quantised lists scanned without a copy, in every way there is.
@Suite struct PackedListsTests {
    private static let versions: [(name: String, kernels: ScanKernels)] =
        Kernels.Level.allCases.compactMap { level in
            ScanKernels(level: level).map { ("\(level)", $0) }
        } + (ScanKernels.vnni.map { [("vnni", $0)] } ?? [])
        + (ScanKernels.vbmi.map { [("vbmi", $0)] } ?? [])

    private func file(
        _ items: Matrix, _ similarity: Similarity, bits: Int, parts: Int = 0
    ) throws -> InvertedFile {
        try InvertedFileBuilder(
            InvertedFileParameters(
                similarity: similarity, listCount: 20, code: .productQuantised,
                partCount: parts, partBits: bits, learnsRotation: true)
        ).build(items: items)
    }

    /// Few queries look up tables and many unpack; blocks decide how many there are at a list.
    @Test(arguments: [(8, 0), (4, 0), (4, 5), (8, 3)], Similarity.allCases)
    func fewQueriesFindWhatManyFind(shape: (bits: Int, parts: Int), similarity: Similarity) throws {
        let items = Vectors.clustered(3000, 16, clusters: 40, spread: 0.5, seed: 1)
        let queries = Vectors.clustered(150, 16, clusters: 40, spread: 0.5, seed: 1, stream: 5)
        let file = try file(items, similarity, bits: shape.bits, parts: shape.parts)
        let settings = InvertedFileSearchSettings(probes: 6, threadCount: 1)
        let best = try InvertedFileSearcher(file, vectors: items, threadCount: 1, kernels: .best)
        let expected = try best.search(queries, k: 10, settings: settings)
        for (name, kernels) in Self.versions {
            let searcher = try InvertedFileSearcher(
                file, vectors: items, threadCount: 1, kernels: kernels)
            #expect(try searcher.search(queries, k: 10, settings: settings) == expected, "\(name)")
            for query in [0, 7, 149] {
                let one = Matrix(rows: 1, columns: 16, elements: Array(queries[row: query]))
                let found = try searcher.search(one, k: 10, settings: settings)
                #expect(found.items[0] == expected.items[query], "\(name)")
                #expect(found.scores(of: 0) == expected.scores(of: query), "\(name)")
            }
        }
    }

    /// The candidates by codes are those of scores from decoded vectors, up to eight bits.
    @Test(arguments: [8, 4], Similarity.allCases)
    func listsAreThoseOfDecodedVectors(bits: Int, similarity: Similarity) throws {
        let items = Vectors.clustered(2000, 16, clusters: 40, spread: 0.5, seed: 2)
        let queries = Vectors.clustered(50, 16, clusters: 40, spread: 0.5, seed: 2, stream: 5)
        let file = try file(items, similarity, bits: bits)
        let decoded = file.decoded(entries: Array(0..<file.entryCount))
        let byItem = Matrix(rows: 2000, columns: 16) { result in
            for (entry, item) in file.lists.values.enumerated() {
                for column in 0..<16 { result.row(Int(item))[column] = decoded[entry, column] }
            }
        }
        // Decoded vectors are not scaled again for cosine, whose queries have length 1.
        let isCosine = similarity == .cosine
        let exact = try ExactIndexBuilder(similarity: isCosine ? .innerProduct : similarity)
            .build(items: byItem)
        let searcher = try InvertedFileSearcher(file)
        let found = try searcher.search(
            queries, k: 10, settings: InvertedFileSearchSettings(probes: 20, shortlist: 4))
        let expected = try exact.search(queries, k: 10)
        let hits = (0..<50).reduce(0) { sum, query in
            let wanted = Set(expected.items[query])
            return sum + found.items[query].count { wanted.contains($0) }
        }
        #expect(hits >= 495)
    }

    @Test(arguments: [8, 4])
    func valuesOfTheCodebookLoseLittleInEightBits(bits: Int) throws {
        let items = Vectors.clustered(1000, 16, clusters: 40, spread: 0.5, seed: 3)
        let quantiser = try #require(try file(items, .l2, bits: bits).quantiser)
        let book = ScanCodebook(quantiser)
        let largest = quantiser.codebooks.elements.map(abs).max()!
        #expect(abs(book.scale * 127 - largest) <= 1e-6 * largest)
        #expect(book.fitsRegisters == (bits == 4))
    }
}
