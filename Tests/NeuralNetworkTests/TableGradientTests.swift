import LinearAlgebra
import Testing

@testable import NeuralNetwork

@Suite struct TableGradientTests {
    /// Tables from one row to more than a digit of the sort can tell apart.
    static let tableRows = [1, 2, 15, 16, 40, 257, 5_000, 70_000]

    @Test(arguments: tableRows)
    func aShardHasItsRowsInOrder(rows: Int) {
        let split = TableShards(rows: rows)
        var places = [Int](repeating: -1, count: TableShards.count)
        var counts = [Int](repeating: 0, count: TableShards.count)
        var misplaced = 0
        for row in 0..<UInt32(rows) {
            let (shard, place) = (split.shard(of: row), split.place(of: row))
            if place <= places[shard] || place >> split.placeBits != 0 { misplaced += 1 }
            places[shard] = place
            counts[shard] += 1
        }
        #expect(misplaced == 0)
        // No shard has much more than its share, even of a small table.
        #expect(counts.max()! <= max(2 * rows / TableShards.count, 1))
    }

    /// The sums of a shard against a plain sum for each row, of lanes with repeated rows.
    @Test(arguments: tableRows, [1, 30, 4_000])
    func everyTouchedRowIsPassedOnOnce(rows: Int, entryCount: Int) {
        let width = 3
        let split = TableShards(rows: rows)
        var generator = SeededGenerator(seed: 9, stream: UInt64(rows))
        var arena = (0..<100 * width).map { _ in generator.gaussian() }
        var expected: [UInt32: [Double]] = [:]
        arena.withUnsafeMutableBufferPointer { arena in
            let lanes = (0..<3).map { _ in TableGradients(split) }
            for lane in lanes {
                lane.removeAll(arena: arena.baseAddress!)
                lane.reserve(entryCount)
                for _ in 0..<entryCount {
                    // The square prefers the first rows, so that some come often.
                    let share = generator.uniform()
                    let row = UInt32(Int(Double(share * share) * Double(rows)))
                    let source = generator.index(below: 100) * width
                    let coefficient = generator.gaussian()
                    lane.append(row: row, source: UInt32(source), coefficient: coefficient)
                    var sum = expected[row] ?? [0, 0, 0]
                    for column in 0..<width {
                        sum[column] += Double(coefficient) * Double(arena[source + column])
                    }
                    expected[row] = sum
                }
            }
            for shard in 0..<TableShards.count {
                let reducer = TableGradientReducer()
                var last = -1
                var announced: [UInt32] = []
                reducer.reduce(
                    lanes, split, shard: shard, arena: arena.baseAddress!, width: width,
                    kernels: .best,
                    approaching: { announced += $0 }
                ) { block in
                    for (index, row) in block.rows.enumerated() {
                        #expect(Int(row) > last && split.shard(of: row) == shard)
                        last = Int(row)
                        #expect(announced.contains(row))
                        let sum = expected.removeValue(forKey: row) ?? []
                        #expect(sum.count == width)
                        for column in sum.indices {
                            let value = Double(block.gradients.row(index)[column])
                            #expect(abs(value - sum[column]) < 1e-3)
                        }
                    }
                }
            }
        }
        #expect(expected.isEmpty)
    }
}
