import LinearAlgebra

/// The share of one gradient row that one table row gets.
struct TableGradient {
    var row: UInt32
    /// Where the gradient row starts, in values from the start of the arena.
    var source: UInt32
    var coefficient: Float
}

/// What one lane of a batch asks of one table, split into shards by row.
///
/// The split lets shards be summed and applied at the same time, each in the order of lanes.
// Sendable because one worker at a time has it: the lane's, then each shard's reader.
final class TableGradients: @unchecked Sendable {
    /// A fixed number, so that the order of sums does not depend on the thread count.
    static let shardCount = 16

    private var arena: UnsafeMutablePointer<Float>?
    private let shards: UnsafeMutablePointer<UnsafeMutablePointer<TableGradient>>
    private let counts: UnsafeMutablePointer<Int>
    private let capacities: UnsafeMutablePointer<Int>

    init() {
        shards = .allocate(capacity: Self.shardCount)
        counts = .allocate(capacity: Self.shardCount)
        capacities = .allocate(capacity: Self.shardCount)
        for shard in 0..<Self.shardCount {
            shards[shard] = .allocate(capacity: 16)
            counts[shard] = 0
            capacities[shard] = 16
        }
    }

    deinit {
        for shard in 0..<Self.shardCount { shards[shard].deallocate() }
        shards.deallocate()
        counts.deallocate()
        capacities.deallocate()
    }

    /// Forgets the last batch; gradients of the next lie in `arena`.
    func removeAll(arena: UnsafeMutablePointer<Float>) {
        self.arena = arena
        counts.update(repeating: 0, count: Self.shardCount)
    }

    /// The entries of one shard, in the order in which they came.
    func entries(shard: Int) -> UnsafeBufferPointer<TableGradient> {
        UnsafeBufferPointer(start: shards[shard], count: counts[shard])
    }

    /// Makes room for `count` more entries, whatever shards they fall in.
    func reserve(_ count: Int) {
        for shard in 0..<Self.shardCount where counts[shard] + count > capacities[shard] {
            let capacity = 2 * (counts[shard] + count)
            let moved = UnsafeMutablePointer<TableGradient>.allocate(capacity: capacity)
            moved.update(from: shards[shard], count: counts[shard])
            shards[shard].deallocate()
            shards[shard] = moved
            capacities[shard] = capacity
        }
    }

    /// The position of a gradient row in the arena.
    func offset(of gradient: UnsafeMutablePointer<Float>) -> UInt32 {
        UInt32(gradient - arena!)
    }

    /// Adds an entry; there must be room.
    @inline(__always)
    func append(row: UInt32, source: UInt32, coefficient: Float) {
        let shard = Int(row) % Self.shardCount
        shards[shard][counts[shard]] = TableGradient(
            row: row, source: source, coefficient: coefficient)
        counts[shard] += 1
    }
}

/// Sums the gradients of one shard row by row, and passes each sum on once.
///
/// Entries are sorted by row, stably, so that the sum of a row is taken in the order of lanes and
/// batch rows whatever the scheduling was.
// Sendable because one worker at a time has it.
final class TableGradientReducer: @unchecked Sendable {
    /// How many entries before its turn a row is announced.
    private static let lead = 12

    private var entries: [TableGradient] = []
    private var sorted: [TableGradient] = []
    private var sources: [UInt32] = []
    private var coefficients: [Float] = []

    /// Calls `update` with each touched row, its gradient in `sum`, in order of rows, and
    /// `approaching` with the row some steps before.
    func reduce(
        _ lanes: [TableGradients], shard: Int, arena: UnsafePointer<Float>, width: Int,
        sum: UnsafeMutablePointer<Float>, kernels: Kernels, approaching: (Int) -> Void,
        _ update: (Int) -> Void
    ) {
        entries.removeAll(keepingCapacity: true)
        for lane in lanes { entries.append(contentsOf: lane.entries(shard: shard)) }
        guard !entries.isEmpty else { return }
        Self.sortByRow(&entries, scratch: &sorted)
        if sources.count < entries.count {
            sources = [UInt32](repeating: 0, count: 2 * entries.count)
            coefficients = [Float](repeating: 0, count: 2 * entries.count)
        }
        sources.withUnsafeMutableBufferPointer { sources in
            coefficients.withUnsafeMutableBufferPointer { coefficients in
                entries.withUnsafeBufferPointer { entries in
                    for index in entries.indices {
                        sources[index] = entries[index].source
                        coefficients[index] = entries[index].coefficient
                    }
                }
            }
        }
        entries.withUnsafeBufferPointer { entries in
            var start = 0
            while start < entries.count {
                let row = entries[start].row
                var end = start + 1
                while end < entries.count && entries[end].row == row { end += 1 }
                for entry in start + Self.lead..<end + Self.lead where entry < entries.count {
                    approaching(Int(entries[entry].row))
                }
                sources.withUnsafeBufferPointer { sources in
                    coefficients.withUnsafeBufferPointer { coefficients in
                        kernels.gatherSum(
                            arena, stride: 1, indexes: sources.baseAddress! + start,
                            weights: coefficients.baseAddress! + start, count: end - start,
                            into: sum, width: width)
                    }
                }
                update(Int(row))
                start = end
            }
        }
    }

    /// A radix sort by byte, from the least significant, stable.
    private static func sortByRow(
        _ entries: inout [TableGradient], scratch sorted: inout [TableGradient]
    ) {
        let count = entries.count
        sorted.removeAll(keepingCapacity: true)
        sorted.append(contentsOf: entries)
        var highest: UInt32 = 0
        for entry in entries { highest |= entry.row }
        var shift: UInt32 = 0
        while shift < 32 && highest >> shift > 0 {
            entries.withUnsafeMutableBufferPointer { source in
                sorted.withUnsafeMutableBufferPointer { target in
                    withUnsafeTemporaryAllocation(of: Int.self, capacity: 257) { starts in
                        starts.initialize(repeating: 0)
                        for index in 0..<count {
                            starts[Int(source[index].row >> shift & 0xFF) + 1] += 1
                        }
                        for bucket in 0..<256 { starts[bucket + 1] += starts[bucket] }
                        for index in 0..<count {
                            let bucket = Int(source[index].row >> shift & 0xFF)
                            target[starts[bucket]] = source[index]
                            starts[bucket] += 1
                        }
                    }
                }
            }
            swap(&entries, &sorted)
            shift += 8
        }
    }
}
