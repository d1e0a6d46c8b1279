import LinearAlgebra
import Testing

@testable import VectorIndex

/// The inverted file against the exact index.
@Suite struct InvertedFileSearchTests {
    private func file(
        _ items: Matrix, _ similarity: Similarity = .innerProduct,
        code: InvertedFileParameters.Code = .flat, lists: Int = 20
    ) throws -> InvertedFile {
        try InvertedFileBuilder(
            InvertedFileParameters(similarity: similarity, listCount: lists, code: code)
        ).build(items: items)
    }

    /// Random sizes, masks, exclusions, interests, blocks and threads.
    @Test(arguments: UInt64(0)..<60)
    func withAllListsProbedFlatCodesAreExact(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, stream: 9)
        let itemCount = 1 + generator.index(below: seed % 4 == 0 ? 3000 : 200)
        let userCount = 1 + generator.index(below: 12)
        let dimension = 1 + generator.index(below: 40)
        let k = 1 + generator.index(below: seed % 3 == 0 ? itemCount + 5 : 20)
        let similarity = Similarity.allCases[generator.index(below: Similarity.allCases.count)]
        // Coarse values make ties, fine ones do not.
        let coarse = generator.index(below: 2) == 0
        func embeddings(_ rows: Int) -> Matrix {
            let elements = (0..<rows * dimension).map { _ in
                coarse ? Float(generator.index(below: 3)) - 1 : generator.gaussian()
            }
            return Matrix(rows: rows, columns: dimension, elements: elements)
        }
        let interests = 1 + generator.index(below: 2) * generator.index(below: 4)
        let items = embeddings(itemCount)
        let users = embeddings(userCount * interests)
        let allowed =
            generator.index(below: 3) == 0
            ? (0..<itemCount).map { _ in generator.index(below: 3) > 0 } : nil
        let exclusions = generator.index(below: userCount * itemCount)
        let excluded = IndexLists(
            setsFromRows: (0..<exclusions).map { _ in UInt32(generator.index(below: userCount)) },
            values: (0..<exclusions).map { _ in UInt32(generator.index(below: itemCount)) },
            rowCount: userCount)
        var exact = try ExactIndexBuilder(similarity: similarity).build(items: items)
        if let allowed { exact = exact.restricted(to: allowed) }
        let searcher = try InvertedFileSearcher(
            file(items, similarity, lists: 1 + generator.index(below: 30)))
        let found = try searcher.search(
            users, interests: interests, k: k, allowed: allowed, excluding: excluded,
            settings: InvertedFileSearchSettings(
                probes: searcher.file.lists.count, blockBytes: 1 << generator.index(below: 24),
                threadCount: 1 + generator.index(below: 3)))
        let expected = try exact.search(users, interests: interests, k: k, excluding: excluded)
        // Compared outside, so that a failure prints the case and not thousands of scores.
        let areEqual = found == expected
        #expect(
            areEqual,
            """
            seed \(seed): \(userCount) users of \(interests) interests, \(itemCount) items, \
            \(dimension) dimensions, k \(k), \(similarity)
            """)
    }

    @Test(arguments: InvertedFileParameters.Code.allCases, Similarity.allCases)
    func listsDoNotDependOnThreadsOrBlocks(
        code: InvertedFileParameters.Code, similarity: Similarity
    ) throws {
        let items = Vectors.clustered(3000, 20, clusters: 40, spread: 0.5, seed: 1)
        let queries = Vectors.clustered(90, 20, clusters: 40, spread: 0.5, seed: 1, stream: 5)
        let searcher = try InvertedFileSearcher(file(items, similarity, code: code, lists: 30))
        let expected = try searcher.search(
            queries, k: 10, settings: InvertedFileSearchSettings(probes: 4, threadCount: 1))
        for (bytes, threadCount) in [(1, 1), (1 << 14, 2), (1 << 17, 3)] {
            let found = try searcher.search(
                queries, k: 10,
                settings: InvertedFileSearchSettings(
                    probes: 4, blockBytes: bytes, threadCount: threadCount))
            #expect(found == expected)
        }
    }

    @Test(arguments: Similarity.allCases)
    func recallRisesWithProbesAndScoresAreTrue(similarity: Similarity) throws {
        let items = Vectors.clustered(4000, 16, clusters: 50, spread: 0.6, seed: 2)
        let queries = Vectors.clustered(100, 16, clusters: 50, spread: 0.6, seed: 2, stream: 5)
        let exact = try ExactIndexBuilder(similarity: similarity).build(items: items)
        let meter = try RecallMeter(exact: exact, queries: queries)
        let searcher = try InvertedFileSearcher(file(items, similarity, lists: 40))
        let curve = try meter.measure(searcher)
        for cutoff in [10, 100] {
            let points = curve.points.filter { $0.cutoff == cutoff }
            #expect(points.map(\.probes) == [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40])
            #expect(points.last!.minimum == 1)
            for (earlier, later) in zip(points, points.dropFirst()) {
                #expect(later.mean >= earlier.mean)
            }
        }
        let narrow = try meter.measure(searcher, upTo: 5)
        #expect(narrow.points.filter { $0.cutoff == 10 }.map(\.probes) == [1, 2, 3, 4, 5])
    }

    @Test(arguments: Similarity.allCases)
    func eightBitsLoseLittleAndVectorsBringItBack(similarity: Similarity) throws {
        let items = Vectors.clustered(4000, 16, clusters: 50, spread: 0.6, seed: 3)
        let queries = Vectors.clustered(100, 16, clusters: 50, spread: 0.6, seed: 3, stream: 5)
        let exact = try ExactIndexBuilder(similarity: similarity).build(items: items)
        let file = try file(items, similarity, code: .int8, lists: 40)
        let meter = try RecallMeter(exact: exact, queries: queries)
        let decoded = try meter.measure(InvertedFileSearcher(file), probes: 40)
        #expect(decoded.allSatisfy { $0.mean > 0.97 })
        let searcher = try InvertedFileSearcher(file, vectors: items)
        #expect(try meter.measure(searcher, probes: 40).allSatisfy { $0.mean == 1 })
        let settings = InvertedFileSearchSettings(probes: 40)
        #expect(
            try searcher.search(queries, k: 10, settings: settings)
                == exact.search(queries, k: 10))
    }

    @Test func listsAreNeverShortWhileItemsAreLeft() throws {
        // The items that may be returned lie farthest from the query.
        let items = Vectors.clustered(2000, 8, clusters: 30, spread: 0.4, seed: 4)
        let query = Matrix(rows: 1, columns: 8, elements: Array(items[row: 0]))
        let exact = try ExactIndexBuilder(similarity: .l2).build(items: items)
        let order = try exact.search(query, k: 2000).items.values
        var allowed = [Bool](repeating: false, count: 2000)
        for item in order.suffix(25) { allowed[Int(item)] = true }
        let searcher = try InvertedFileSearcher(file(items, .l2, lists: 30))
        let settings = InvertedFileSearchSettings(probes: 1)
        let found = try searcher.search(query, k: 10, allowed: allowed, settings: settings)
        #expect(found.items[0].count == 10)
        #expect(found.items[0].allSatisfy { allowed[Int($0)] })
        let all = try searcher.search(query, k: 100, allowed: allowed, settings: settings)
        #expect(Array(all.items[0]) == Array(order.suffix(25)))
        let excluded = IndexLists([order.prefix(1990).sorted()])
        let rest = try searcher.search(query, k: 100, excluding: excluded, settings: settings)
        #expect(Array(rest.items[0]) == Array(order.suffix(10)))
    }

    @Test func emptyFilesAndListsOfNoRanksGiveEmptyResults() throws {
        let settings = InvertedFileSearchSettings(probes: 3)
        let queries = Matrix(rows: 2, columns: 4, repeating: 1)
        let empty = try InvertedFileSearcher(file(Matrix(rows: 0, columns: 4)))
        #expect(
            try empty.search(queries, k: 3, settings: settings).items == IndexLists([[], []]))
        let searcher = try InvertedFileSearcher(file(Matrix(rows: 9, columns: 4, repeating: 1)))
        #expect(
            try searcher.search(queries, k: 0, settings: settings).items == IndexLists([[], []]))
        #expect(
            try searcher.search(Matrix(rows: 0, columns: 4), k: 3, settings: settings).count == 0)
        // All items are the same: they rank by index.
        #expect(
            try searcher.search(queries, k: 20, settings: settings).items
                == IndexLists([Array(0..<9), Array(0..<9)]))
    }

    @Test(arguments: [Float.nan, .infinity])
    func queriesThatAreNotFiniteAreRefused(value: Float) throws {
        let searcher = try InvertedFileSearcher(file(Matrix(rows: 9, columns: 2, repeating: 1)))
        let queries = Matrix(rows: 2, columns: 2, elements: [1, 1, 0, value])
        #expect(throws: VectorIndexError.notFinite("user", row: 1)) {
            try searcher.search(
                queries, k: 1, settings: InvertedFileSearchSettings(probes: 1))
        }
    }
}
