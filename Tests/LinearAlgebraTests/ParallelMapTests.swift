import LinearAlgebra
import Testing

@Suite struct ParallelMapTests {
    @Test(arguments: [0, 1, 9, 10, 11, 1000], [1, 2, 3])
    func resultsStandInOrderOfChunk(count: Int, threadCount: Int) {
        let ranges = parallelMap(of: count, chunkSize: 10, threadCount: threadCount) { $1 }
        #expect(ranges.count == (count + 9) / 10)
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
    }
}
