import LinearAlgebra
import Testing

@Suite struct RankingKeyTests {
    static let scores: [Float] = [
        -.infinity, -.greatestFiniteMagnitude, -1, -.leastNonzeroMagnitude, 0,
        .leastNonzeroMagnitude, 1, 1.0000001, .greatestFiniteMagnitude, .infinity,
    ]

    @Test(arguments: scores, [0, 1, UInt32.max - 1] as [UInt32])
    func scoreAndIndexComeBack(score: Float, index: UInt32) {
        let key = RankingKey.make(score: score, index: index)
        #expect(RankingKey.score(of: key) == score)
        #expect(RankingKey.index(of: key) == index)
    }

    @Test func keysAscendWithTheScore() {
        let keys = Self.scores.map { RankingKey.make(score: $0, index: 9) }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func equalScoresPutTheSmallerIndexFirst() {
        #expect(RankingKey.make(score: 0, index: 3) > RankingKey.make(score: 0, index: 4))
        #expect(RankingKey.make(score: -0.0, index: 3) > RankingKey.make(score: 0, index: 4))
    }

    @Test(arguments: [1, 2, 12, 13, 14, 100, 1000], ["random", "ascending", "descending", "tied"])
    func theLargestKeysMoveToTheFront(count: Int, order: String) {
        for seed in UInt64(0)..<5 {
            var generator = SeededGenerator(seed: seed)
            let keys = (0..<count).map { position in
                let score: Float =
                    switch order {
                    case "ascending": Float(position)
                    case "descending": Float(-position)
                    case "tied": 1
                    default: generator.gaussian()
                    }
                return RankingKey.make(score: score, index: UInt32(position))
            }
            for kept in Set([0, 1, count / 3, count - 1, count]) {
                var moved = keys
                moved.withUnsafeMutableBufferPointer { selectLargest(kept, of: $0) }
                #expect(
                    moved.prefix(kept).sorted(by: >)
                        == Array(keys.sorted(by: >).prefix(kept)),
                    "\(kept) of \(count), \(order), seed \(seed)")
                #expect(moved.sorted() == keys.sorted(), "seed \(seed)")
            }
        }
    }
}
