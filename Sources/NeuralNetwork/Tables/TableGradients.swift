import LinearAlgebra

/// The share of one gradient row that one table row gets.
package struct TableGradient {
    package var row: UInt32
    /// Where the gradient row starts, in values from the start of the arena.
    package var source: UInt32
    package var coefficient: Float
}

/// Which shard of a table each row falls in.
///
/// Shards are dealt blocks of neighbouring rows in turn: a shard that is worked in order of rows then
/// touches one page after the other, and rows that are asked for often are spread all the same,
/// even those of a small table.
package struct TableShards: Sendable {
    /// A fixed number, so that the order of sums does not depend on the thread count.
    package static let count = 1 << countBits

    private static let countBits: UInt32 = 4
    /// The binary logarithm of the rows of a block.
    private let blockBits: UInt32
    /// Bits of the place of a row in its shard.
    package let placeBits: Int

    /// - Parameter rows: The number of rows of the table.
    package init(rows: Int) {
        let bits = Int.bitWidth - max(rows - 1, 0).leadingZeroBitCount
        blockBits = UInt32(min(max(bits - 8, 0), 6))
        placeBits = max(bits - Int(Self.countBits), Int(blockBits))
    }

    /// The shard of a row.
    @inline(__always)
    package func shard(of row: UInt32) -> Int { Int(row >> blockBits) & (Self.count - 1) }

    /// The place of a row in its shard: in the order of rows.
    @inline(__always)
    package func place(of row: UInt32) -> Int {
        Int((row >> (blockBits + Self.countBits)) << blockBits | row & ((1 << blockBits) - 1))
    }
}

/// What one lane of a batch asks of one table, split into shards by row.
///
/// The split lets shards be summed and applied at the same time, each in the order of lanes.
// Sendable because one worker at a time has it: the lane's, then each shard's reader.
package final class TableGradients: @unchecked Sendable {
    private let split: TableShards
    private var arena: UnsafeMutablePointer<Float>?
    private let shards: UnsafeMutablePointer<UnsafeMutablePointer<TableGradient>>
    private let counts: UnsafeMutablePointer<Int>
    private let capacities: UnsafeMutablePointer<Int>

    package init(_ split: TableShards) {
        self.split = split
        shards = .allocate(capacity: TableShards.count)
        counts = .allocate(capacity: TableShards.count)
        capacities = .allocate(capacity: TableShards.count)
        for shard in 0..<TableShards.count {
            shards[shard] = .allocate(capacity: 16)
            counts[shard] = 0
            capacities[shard] = 16
        }
    }

    deinit {
        for shard in 0..<TableShards.count { shards[shard].deallocate() }
        shards.deallocate()
        counts.deallocate()
        capacities.deallocate()
    }

    /// Forgets the last batch; gradients of the next lie in `arena`.
    package func removeAll(arena: UnsafeMutablePointer<Float>) {
        self.arena = arena
        counts.update(repeating: 0, count: TableShards.count)
    }

    /// The entries of one shard, in the order in which they came.
    package func entries(shard: Int) -> UnsafeBufferPointer<TableGradient> {
        UnsafeBufferPointer(start: shards[shard], count: counts[shard])
    }

    /// Makes room for `count` more entries, whatever shards they fall in.
    package func reserve(_ count: Int) {
        for shard in 0..<TableShards.count where counts[shard] + count > capacities[shard] {
            let capacity = 2 * (counts[shard] + count)
            let moved = UnsafeMutablePointer<TableGradient>.allocate(capacity: capacity)
            moved.update(from: shards[shard], count: counts[shard])
            shards[shard].deallocate()
            shards[shard] = moved
            capacities[shard] = capacity
        }
    }

    /// The position of a gradient row in the arena.
    package func offset(of gradient: UnsafeMutablePointer<Float>) -> UInt32 {
        UInt32(gradient - arena!)
    }

    /// Gives each of some table rows the whole of one gradient row: row k of the table rows that of
    /// row k of the gradients.
    package func append(_ rows: [UInt32], gradients: MutableMatrixView) {
        reserve(rows.count)
        rows.withUnsafeBufferPointer { rows in
            for index in rows.indices {
                append(row: rows[index], source: offset(of: gradients.row(index)), coefficient: 1)
            }
        }
    }

    /// Adds an entry; there must be room.
    @inline(__always)
    package func append(row: UInt32, source: UInt32, coefficient: Float) {
        let shard = split.shard(of: row)
        shards[shard][counts[shard]] = TableGradient(
            row: row, source: source, coefficient: coefficient)
        counts[shard] += 1
    }
}
