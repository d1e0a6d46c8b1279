import LinearAlgebra
import Testing

@testable import VectorIndex

/// Blocked search against scoring every pair and sorting: the same lists, the same bits.
@Suite struct ExactSearchTests {
    private func gaussian(_ rows: Int, _ columns: Int, seed: UInt64, stream: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed, stream: stream)
        return Matrix.gaussian(rows: rows, columns: columns, deviation: 1, using: &generator)
    }

    static let settings = [1, 2, 3].flatMap { threadCount in
        [(1, 1), (3, 7), (8, 64), (5, 100), (256, 1024)].map { users, items in
            ExactSearchSettings(userBlock: users, itemBlock: items, threadCount: threadCount)
        }
    }

    @Test(arguments: settings)
    func listsDoNotDependOnThreadsOrBlocks(settings: ExactSearchSettings) throws {
        let index = try ExactIndexBuilder().build(items: gaussian(300, 20, seed: 1, stream: 1))
        let users = gaussian(13, 20, seed: 1, stream: 2)
        #expect(
            try index.search(users, k: 10, settings: settings)
                == index.plainSearch(users, k: 10))
    }

    @Test func buffersThatFillUpManyTimesLoseNothing() throws {
        // Scores that rise with the index defeat any threshold; those that fall need it once.
        let itemCount = 4000
        let index = try ExactIndexBuilder().build(
            items: Matrix(
                rows: itemCount, columns: 1, elements: (0..<itemCount).map { Float($0) }))
        let users = Matrix(rows: 2, columns: 1, elements: [1, -1])
        #expect(try index.search(users, k: 40) == index.plainSearch(users, k: 40))
    }

    @Test(arguments: Similarity.allCases, [1, 40, 600])
    func manyEqualScoresRankByIndex(similarity: Similarity, k: Int) throws {
        // Users of zeros tie everything; items from few values tie in large groups.
        var generator = SeededGenerator(seed: 3)
        let elements = (0..<3000 * 2).map { _ in Float(generator.index(below: 2)) }
        let index = try ExactIndexBuilder(similarity: similarity).build(
            items: Matrix(rows: 3000, columns: 2, elements: elements))
        let users = Matrix(rows: 3, columns: 2, elements: [0, 0, 1, 1, -1, 0.3])
        #expect(try index.search(users, k: k) == index.plainSearch(users, k: k))
    }

    @Test func scoresThatDifferInTheLastBitsAreToldApart() throws {
        // One vector with noise of a few units in the last place: the matrix product's own error
        // exceeds the differences, so that only scoring again finds the order.
        var generator = SeededGenerator(seed: 4)
        let base = (0..<64).map { _ in generator.gaussian() }
        let elements = (0..<3000).flatMap { _ in
            base.map { $0 * (1 + Float(generator.index(below: 5)) * .ulpOfOne) }
        }
        let index = try ExactIndexBuilder().build(
            items: Matrix(rows: 3000, columns: 64, elements: elements))
        let users = gaussian(4, 64, seed: 4, stream: 1)
        let expected = index.plainSearch(users, k: 50)
        for itemBlock in [100, 1024] {
            let settings = ExactSearchSettings(itemBlock: itemBlock)
            #expect(try index.search(users, k: 50, settings: settings) == expected)
        }
    }

    @Test func littleRoomForCandidatesShortensBlocksNotLists() throws {
        let index = try ExactIndexBuilder().build(items: gaussian(2000, 4, seed: 6, stream: 1))
        let users = gaussian(5, 4, seed: 6, stream: 2)
        let settings = ExactSearchSettings(candidateBytes: 1)
        #expect(
            try index.search(users, k: 700, settings: settings)
                == index.plainSearch(users, k: 700))
    }

    @Test func ofSeveralInterestsTheBestCountsOnce() throws {
        // The first user's interests like the same two items, the second's are one and the same.
        let index = try ExactIndexBuilder().build(
            items: Matrix(rows: 4, columns: 2, elements: [3, 0, 2, 2.5, 0, 1, 1, 1]))
        let users = Matrix(rows: 4, columns: 2, elements: [1, 0, 0, 1, 1, 1, 1, 1])
        let lists = try index.search(users, interests: 2, k: 3)
        #expect(Array(lists.items[0]) == [0, 1, 2] && Array(lists.scores(of: 0)) == [3, 2.5, 1])
        #expect(Array(lists.items[1]) == [1, 0, 3] && Array(lists.scores(of: 1)) == [4.5, 3, 2])
    }

    @Test func severalInterestsExcludeWhatTheirUserDoes() throws {
        let index = try ExactIndexBuilder().build(items: gaussian(300, 20, seed: 1, stream: 1))
        let users = gaussian(12, 20, seed: 1, stream: 2)
        let excluded = IndexLists((0..<4).map { user in (0..<290).map { UInt32($0 + user) } })
        for settings in Self.settings {
            let lists = try index.search(
                users, interests: 3, k: 20, excluding: excluded, settings: settings)
            #expect(lists == index.plainSearch(users, interests: 3, k: 20, excluding: excluded))
            // Never short while there is anything left.
            #expect((0..<4).allSatisfy { lists.items[$0].count == 10 })
        }
    }

    /// Random sizes, masks, exclusions, blocks and threads.
    @Test(arguments: UInt64(0)..<60)
    func listsAreThoseOfAPlainSort(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, stream: 9)
        let itemCount = 1 + generator.index(below: seed % 4 == 0 ? 2000 : 150)
        let userCount = 1 + generator.index(below: 12)
        let dimension = 1 + generator.index(below: 40)
        let k = 1 + generator.index(below: seed % 3 == 0 ? itemCount + 5 : 20)
        let similarity = Similarity.allCases[
            generator.index(below: Similarity.allCases.count)]
        // Coarse values make ties, fine ones do not.
        let coarse = generator.index(below: 2) == 0
        func embeddings(_ rows: Int) -> Matrix {
            let elements = (0..<rows * dimension).map { _ in
                coarse ? Float(generator.index(below: 3)) - 1 : generator.gaussian()
            }
            return Matrix(rows: rows, columns: dimension, elements: elements)
        }
        let interests = 1 + generator.index(below: 2) * generator.index(below: 4)
        let users = embeddings(userCount * interests)
        var index = try ExactIndexBuilder(similarity: similarity)
            .build(items: embeddings(itemCount))
        if generator.index(below: 3) == 0 {
            index = index.restricted(
                to: (0..<itemCount).map { _ in generator.index(below: 3) > 0 })
        }
        let exclusions = generator.index(below: userCount * itemCount)
        let excluded = IndexLists(
            setsFromRows: (0..<exclusions).map { _ in UInt32(generator.index(below: userCount)) },
            values: (0..<exclusions).map { _ in UInt32(generator.index(below: itemCount)) },
            rowCount: userCount)
        let settings = ExactSearchSettings(
            userBlock: 1 + generator.index(below: 8), itemBlock: 1 + generator.index(below: 300),
            threadCount: 1 + generator.index(below: 3))
        let found = try index.search(
            users, interests: interests, k: k, excluding: excluded, settings: settings)
        let expected = index.plainSearch(users, interests: interests, k: k, excluding: excluded)
        // Compared outside, so that a failure prints the case and not thousands of scores.
        let areEqual = found == expected
        #expect(
            areEqual,
            """
            seed \(seed): \(userCount) users of \(interests) interests, \(itemCount) items, \
            \(dimension) dimensions, k \(k), \(similarity), blocks of \(settings.userBlock) × \(settings.itemBlock), \
            \(settings.threadCount) threads
            """)
    }
}
