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
///
/// They lie in memory of our own: the checks of a class's arrays, row by row, would cost more than
/// the sums.
// Sendable because one worker at a time has it.
final class TableGradientReducer: @unchecked Sendable {
    /// How many entries before its turn a row is announced.
    private static let lead = 24

    private var capacity = 16
    private var entries = UnsafeMutablePointer<TableGradient>.allocate(capacity: 16)
    private var scratch = UnsafeMutablePointer<TableGradient>.allocate(capacity: 16)
    private var sources = UnsafeMutablePointer<UInt32>.allocate(capacity: 16)
    private var coefficients = UnsafeMutablePointer<Float>.allocate(capacity: 16)

    deinit { deallocate() }

    /// Calls `update` with each touched row, its gradient in `sum`, in order of rows, and
    /// `approaching` with the row some steps before.
    func reduce(
        _ lanes: [TableGradients], shard: Int, arena: UnsafePointer<Float>, width: Int,
        sum: UnsafeMutablePointer<Float>, kernels: Kernels, approaching: (Int) -> Void,
        _ update: (Int) -> Void
    ) {
        let count = collect(lanes, shard: shard)
        let entries = Self.sortedByRow(entries, count, scratch: scratch)
        let (sources, coefficients) = (sources, coefficients)
        for index in 0..<count {
            sources[index] = entries[index].source
            coefficients[index] = entries[index].coefficient
        }
        var (start, announced) = (0, 0)
        while start < count {
            let row = entries[start].row
            var end = start + 1
            while end < count && entries[end].row == row { end += 1 }
            while announced < min(end + Self.lead, count) {
                let next = entries[announced].row
                if announced == 0 || next != entries[announced - 1].row { approaching(Int(next)) }
                announced += 1
            }
            kernels.gatherSum(
                arena, stride: 1, indexes: sources + start, weights: coefficients + start,
                count: end - start, into: sum, width: width)
            update(Int(row))
            start = end
        }
    }

    /// Takes over the entries of all lanes, and returns how many there are.
    private func collect(_ lanes: [TableGradients], shard: Int) -> Int {
        let count = lanes.reduce(0) { $0 + $1.entries(shard: shard).count }
        if count > capacity {
            deallocate()
            capacity = 2 * count
            entries = .allocate(capacity: capacity)
            scratch = .allocate(capacity: capacity)
            sources = .allocate(capacity: capacity)
            coefficients = .allocate(capacity: capacity)
        }
        var filled = 0
        for lane in lanes {
            let part = lane.entries(shard: shard)
            (entries + filled).update(from: part.baseAddress!, count: part.count)
            filled += part.count
        }
        return count
    }

    private func deallocate() {
        entries.deallocate()
        scratch.deallocate()
        sources.deallocate()
        coefficients.deallocate()
    }

    /// A radix sort by byte, from the least significant, stable; returns where the result lies.
    ///
    /// Rows of a shard agree modulo the number of shards, so that what is left of the division
    /// orders them.
    private static func sortedByRow(
        _ entries: UnsafeMutablePointer<TableGradient>, _ count: Int,
        scratch: UnsafeMutablePointer<TableGradient>
    ) -> UnsafeMutablePointer<TableGradient> {
        func key(_ entry: TableGradient) -> UInt32 {
            entry.row / UInt32(TableGradients.shardCount)
        }
        var highest: UInt32 = 0
        for index in 0..<count { highest |= key(entries[index]) }
        var (source, target) = (entries, scratch)
        var shift: UInt32 = 0
        while shift < 32 && highest >> shift > 0 {
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 257) { starts in
                starts.initialize(repeating: 0)
                for index in 0..<count {
                    starts[Int(key(source[index]) >> shift & 0xFF) + 1] += 1
                }
                for bucket in 0..<256 { starts[bucket + 1] += starts[bucket] }
                for index in 0..<count {
                    let bucket = Int(key(source[index]) >> shift & 0xFF)
                    target[starts[bucket]] = source[index]
                    starts[bucket] += 1
                }
            }
            swap(&source, &target)
            shift += 8
        }
        return source
    }
}
