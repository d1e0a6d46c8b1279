import LinearAlgebra
import Synchronization
import Testing

@Suite struct ParallelChunksTests {
    @Test(arguments: [0, 1, 7, 8, 9, 1000], [1, 2, 3, 5])
    func everyElementIsCoveredOnceByAFixedPartition(count: Int, threadCount: Int) {
        let seen = Mutex([Int: Range<Int>]())
        parallelChunks(of: count, chunkSize: 8, threadCount: threadCount) { chunk, range in
            seen.withLock { #expect($0.updateValue(range, forKey: chunk) == nil) }
        }
        let ranges = seen.withLock { $0 }
        #expect(ranges.count == (count + 7) / 8)
        for (chunk, range) in ranges {
            #expect(range == chunk * 8..<min(count, chunk * 8 + 8))
        }
    }

    @Test func indexesAreVisitedOnce() {
        let sum = Atomic<Int>(0)
        parallelFor(100, threadCount: 3) { sum.wrappingAdd($0, ordering: .relaxed) }
        #expect(sum.load(ordering: .relaxed) == 4950)
    }
}

@Suite struct SeededGeneratorTests {
    /// The numbers that the published C code gives for a state of 0.
    @Test func splitMixFollowsItsReference() {
        var generator = SplitMix64(state: 0)
        #expect(generator.next() == 0xE220_A839_7B1D_CDAF)
        #expect(generator.next() == 0x6E78_9E6A_A1B9_65F4)
    }

    @Test func aSeedRepeatsAndAStreamDiffers() {
        var a = SeededGenerator(seed: 5, stream: 1)
        var b = SeededGenerator(seed: 5, stream: 1)
        var c = SeededGenerator(seed: 5, stream: 2)
        let first = (0..<4).map { _ in a.next() }
        #expect(first == (0..<4).map { _ in b.next() })
        #expect(first != (0..<4).map { _ in c.next() })
    }

    @Test func uniformNumbersFillTheirRange() {
        var generator = SeededGenerator(seed: 8)
        let values = (0..<10_000).map { _ in generator.uniform() }
        #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(values.reduce(0, +) / 10_000 - 0.5) < 0.015)
        let counts = (0..<7_000).reduce(into: [Int](repeating: 0, count: 7)) { counts, _ in
            counts[generator.index(below: 7)] += 1
        }
        // Five standard deviations of a binomial count.
        #expect(counts.allSatisfy { abs($0 - 1000) < 150 })
    }

    @Test func gaussianNumbersHaveMeanZeroAndDeviationOne() {
        var generator = SeededGenerator(seed: 9)
        let values = (0..<10_000).map { _ in Double(generator.gaussian()) }
        let mean = values.reduce(0, +) / 10_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000
        #expect(abs(mean) < 0.05)
        #expect(abs(variance - 1) < 0.08)
    }
}
