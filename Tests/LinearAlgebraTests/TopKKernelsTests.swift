import LinearAlgebra
import Testing

/// Both kernels against plain Swift, at every level of this processor.
@Suite struct TopKKernelsTests {
    static let levels = Kernels.Level.allCases.filter { TopKKernels(level: $0) != nil }
    static let counts = [0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 200, 1000]

    private func numbers(_ count: Int, stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 5, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    @Test(arguments: levels, counts)
    func theFilterKeepsWhatReachesTheThreshold(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(TopKKernels(level: level))
        var scores = numbers(count, stream: 1)
        // Excluded, equal to the threshold, and the zero that must not differ from the other.
        for position in stride(from: 3, to: count, by: 11) { scores[position] = -.infinity }
        for position in stride(from: 5, to: count, by: 13) { scores[position] = 0.5 }
        for position in stride(from: 7, to: count, by: 17) { scores[position] = -0.0 }
        for threshold in [-Float.greatestFiniteMagnitude, -1, 0, 0.5, 4, 100] as [Float] {
            let expected = scores.indices.filter { scores[$0] >= threshold }
                .map { RankingKey.make(score: scores[$0], index: UInt32(1000 + $0)) }
            var keys = [UInt64](repeating: 0, count: count + 64)
            let (kept, consumed) = kernels.filter(
                scores, count: count, threshold: threshold, firstIndex: 1000, into: &keys,
                room: count + 64)
            #expect(consumed == count)
            #expect(Array(keys[..<kept]) == expected, "threshold \(threshold)")
        }
    }

    @Test(arguments: levels, [64, 65, 100, 127, 128, 300])
    func theFilterStopsInTimeAndGoesOn(level: Kernels.Level, room: Int) throws {
        let kernels = try #require(TopKKernels(level: level))
        let scores = numbers(1000, stream: 2)
        var found: [UInt64] = []
        var position = 0
        // A guard value after the room must survive.
        var keys = [UInt64](repeating: 0xDEAD, count: room + 64)
        while position < scores.count {
            let (kept, consumed) = scores.withUnsafeBufferPointer {
                kernels.filter(
                    $0.baseAddress! + position, count: scores.count - position, threshold: -9,
                    firstIndex: UInt32(position), into: &keys, room: room)
            }
            try #require(consumed > 0)
            #expect(kept <= room)
            #expect(keys[room...].allSatisfy { $0 == 0xDEAD })
            found += keys[..<kept]
            position += consumed
        }
        let expected = scores.enumerated().map {
            RankingKey.make(score: $0.element, index: UInt32($0.offset))
        }
        #expect(found == expected)
    }

    @Test func aNumberThatIsNoneNeverPasses() {
        var keys = [UInt64](repeating: 0, count: 128)
        let scores = [Float](repeating: .nan, count: 70)
        let (kept, consumed) = TopKKernels.best.filter(
            scores, count: 70, threshold: -.infinity, firstIndex: 0, into: &keys, room: 128)
        #expect(kept == 0 && consumed == 70)
    }

    @Test(arguments: levels, [1, 3, 15, 16, 17, 32, 50, 64, 65])
    func rescoringSumsInDoublePrecisionInSixteenLanes(level: Kernels.Level, width: Int) throws {
        let kernels = try #require(TopKKernels(level: level))
        let rows = 20
        let query = numbers(width, stream: 3)
        let items = Matrix(rows: rows, columns: width, elements: numbers(rows * width, stream: 4))
        let order = (0..<UInt32(rows)).reversed()
        var keys = order.map { RankingKey.make(score: 0, index: $0) }
        items.withView { kernels.rescore(query, items: $0, keys: &keys, count: rows) }
        #expect(keys.map(RankingKey.index) == Array(order))
        for (key, row) in zip(keys, order) {
            var lanes = [Double](repeating: 0, count: 16)
            for column in 0..<width {
                lanes[column % 16] += Double(query[column]) * Double(items[Int(row), column])
            }
            for half in [8, 4, 2, 1] {
                for lane in 0..<half { lanes[lane] += lanes[lane + half] }
            }
            #expect(RankingKey.score(of: key) == Float(lanes[0]), "row \(row)")
        }
    }

    @Test(arguments: levels, [1, 3, 15, 16, 17, 32, 50, 64, 65])
    func distancesSumInDoublePrecisionInSixteenLanes(level: Kernels.Level, width: Int) throws {
        let kernels = try #require(TopKKernels(level: level))
        let query = numbers(width, stream: 3)
        let items = Matrix(rows: 9, columns: width, elements: numbers(9 * width, stream: 4))
        var keys = (0..<9).map { RankingKey.make(score: 0, index: UInt32($0)) }
        items.withView { kernels.rescoreByDistance(query, items: $0, keys: &keys, count: 9) }
        for (row, key) in keys.enumerated() {
            var lanes = [Double](repeating: 0, count: 16)
            for column in 0..<width {
                let difference = Double(query[column]) - Double(items[row, column])
                lanes[column % 16] += difference * difference
            }
            for half in [8, 4, 2, 1] {
                for lane in 0..<half { lanes[lane] += lanes[lane + half] }
            }
            #expect(key == RankingKey.make(score: -Float(lanes[0]), index: UInt32(row)))
        }
    }

    @Test(arguments: levels, [1, 2, 15, 16, 17, 40, 64, 200])
    func theLargestSumIsTheFirstOfEqualOnes(level: Kernels.Level, count: Int) throws {
        let kernels = try #require(TopKKernels(level: level))
        for round in 0..<20 {
            var generator = SeededGenerator(seed: UInt64(round), stream: UInt64(count))
            // Few values, so that many sums are equal.
            let scores = (0..<count).map { _ in Float(generator.index(below: 3)) }
            let addends = (0..<count).map { _ in Float(generator.index(below: 2)) - 5 }
            let sums = zip(scores, addends).map { $0 + $1 }
            let (position, sum) = kernels.largestSum(scores, addends, count: count)
            #expect(sum == sums.max()! && Int(position) == sums.firstIndex(of: sum)!)
        }
    }
}
