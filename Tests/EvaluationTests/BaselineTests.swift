import LinearAlgebra
import Testing

@testable import Evaluation

@Suite struct PopularityRankerTests {
    @Test func popularItemsComeFirstAndTiesAscend() {
        let ranker = PopularityRanker(counts: [1, 5, 3, 5, 0])
        let lists = ranker.rank(k: 4, excluding: IndexLists([[], [1, 2], [0, 1, 2, 3]]))
        #expect(lists.items == IndexLists([[1, 3, 2, 0], [3, 0, 4], [4]]))
        #expect(lists.scores(of: 1) == [5, 1, 0])
    }

    @Test func noItemsOrNoRanksGiveEmptyLists() {
        let nobody = IndexLists([[], []])
        #expect(PopularityRanker(counts: []).rank(k: 3, excluding: nobody).items == nobody)
        #expect(PopularityRanker(counts: [4]).rank(k: 0, excluding: nobody).items == nobody)
    }
}

@Suite struct ItemCosineRankerTests {
    // Takers: item 0 by 0 1 2, item 1 by 0 1, item 2 by 2, item 3 by 3, item 4 by nobody.
    static let positives = IndexLists([[0, 1], [0, 1], [0, 2], [3]])

    @Test func cosinesAreThoseWorkedByHand() {
        let ranker = ItemCosineRanker(positives: Self.positives, itemCount: 5)
        #expect(ranker.neighbours.items == IndexLists([[1, 2], [0], [0], [], []]))
        let cosines = ranker.neighbours.scores
        #expect(cosines[0] == Float(2 / 6.0.squareRoot()))
        #expect(cosines[1] == Float(1 / 3.0.squareRoot()))
        #expect(cosines[2] == cosines[0] && cosines[3] == cosines[1])
    }

    @Test func neighboursBeyondTheLimitAreCut() {
        let ranker = ItemCosineRanker(
            positives: Self.positives, itemCount: 5, neighbourCount: 1)
        #expect(ranker.neighbours.items == IndexLists([[1], [0], [0], [], []]))
    }

    @Test func aUserGetsTheNeighboursOfTheHistoryLessTheExcluded() {
        let ranker = ItemCosineRanker(positives: Self.positives, itemCount: 5)
        let histories = IndexLists([[1, 2], [1, 2], [3], [], [0]])
        let excluded = IndexLists([[], [0], [3], [], [0]])
        let lists = ranker.rank(k: 2, histories: histories, excluding: excluded)
        #expect(lists.items == IndexLists([[0], [], [], [], [1, 2]]))
        let (near, far) = (Float(2 / 6.0.squareRoot()), Float(1 / 3.0.squareRoot()))
        #expect(lists.scores(of: 0) == [Float(Double(near) + Double(far))])
    }

    /// Against the dense definition, on random histories.
    @Test(arguments: UInt64(0)..<6)
    func listsAgreeWithThePlainDefinition(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let userCount = 1 + generator.index(below: 60)
        let itemCount = 2 + generator.index(below: 30)
        let events = generator.index(below: 400)
        let positives = IndexLists(
            setsFromRows: (0..<events).map { _ in UInt32(generator.index(below: userCount)) },
            values: (0..<events).map { _ in UInt32(generator.index(below: itemCount)) },
            rowCount: userCount)
        let sets = (0..<userCount).map { Set(positives[$0]) }
        func takers(_ item: Int, _ other: Int) -> Double {
            Double(sets.count { $0.contains(UInt32(item)) && $0.contains(UInt32(other)) })
        }
        let lists = [1, 2, 3].map { threadCount in
            ItemCosineRanker(
                positives: positives, itemCount: itemCount, threadCount: threadCount
            ).rank(
                k: itemCount, histories: positives, excluding: positives,
                threadCount: threadCount)
        }
        #expect(lists[0] == lists[1] && lists[0] == lists[2], "seed \(seed)")
        for user in 0..<userCount {
            var expected: [Int: Double] = [:]
            for item in 0..<itemCount where !sets[user].contains(UInt32(item)) {
                let score = sets[user].reduce(0.0) { sum, taken in
                    let together = takers(Int(taken), item)
                    if together == 0 { return sum }
                    let norm = takers(Int(taken), Int(taken)) * takers(item, item)
                    return sum + together / norm.squareRoot()
                }
                if score > 0 { expected[item] = score }
            }
            let (items, scores) = (lists[0].items[user], lists[0].scores(of: user))
            #expect(Set(items.map { Int($0) }) == Set(expected.keys), "user \(user), seed \(seed)")
            for (item, score) in zip(items, scores) {
                #expect(abs(Double(score) - expected[Int(item)]!) < 1e-4, "seed \(seed)")
            }
            #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 }, "seed \(seed)")
        }
    }
}
