import LinearAlgebra

/// Some touched rows of a table, each once, and their gradients.
package struct TableRowGradients {
    package let rows: UnsafeBufferPointer<UInt32>
    /// Shape `[rows.count, width]`.
    package let gradients: MutableMatrixView
}

/// Sums the gradients of one shard row by row, and passes each sum on once.
///
/// What the lanes ask of the shard is a sparse matrix over the gradient rows in the arena, put
/// together by column: sorted by table row, it is the transpose, and the sums are its product with
/// the arena. The sort is stable, so that the sum of a row is taken in the order of lanes and batch
/// rows whatever the scheduling was.
///
/// Entries lie in memory of our own: the checks of a class's arrays, row by row, would cost more than
/// the sums.
// Sendable because one worker at a time has it.
package final class TableGradientReducer: @unchecked Sendable {
    /// Rows that are passed on together: their sums stay in the first cache, and what is done with
    /// them is announced while they are added up.
    package static let blockSize = 32

    private var capacity = 0
    private var entries = UnsafeMutablePointer<TableGradient>.allocate(capacity: 1)
    private var scratch = UnsafeMutablePointer<TableGradient>.allocate(capacity: 1)
    // The transpose: touched rows, where the entries of each start, and the entries.
    private var rows = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    private var offsets = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    private var sources = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    private var coefficients = UnsafeMutablePointer<Float>.allocate(capacity: 1)
    private let sums = FloatBuffer()

    deinit { deallocate() }

    /// Passes on the gradients of all touched rows, block after block in order of rows.
    ///
    /// - Parameters:
    ///   - lanes: What each lane of the batch asks of the table.
    ///   - split: How the table is split into shards.
    ///   - approaching: Receives the rows of a block before they are added up.
    package func reduce(
        _ lanes: [TableGradients], _ split: TableShards, shard: Int, arena: UnsafePointer<Float>,
        width: Int, kernels: Kernels, approaching: (UnsafeBufferPointer<UInt32>) -> Void,
        _ body: (TableRowGradients) -> Void
    ) {
        let rowCount = collect(lanes, split, shard: shard, kernels)
        if rowCount == 0 { return }
        let sums = sums.reserve(Self.blockSize * width)
        let transpose = SparseRows(
            count: rowCount, offsets: offsets, indexes: sources, weights: coefficients)
        func block(_ start: Int) -> Range<Int> { start..<min(start + Self.blockSize, rowCount) }
        func rows(_ block: Range<Int>) -> UnsafeBufferPointer<UInt32> {
            UnsafeBufferPointer(start: self.rows + block.lowerBound, count: block.count)
        }
        approaching(rows(block(0)))
        for start in stride(from: 0, to: rowCount, by: Self.blockSize) {
            let (block, next) = (block(start), block(min(start + Self.blockSize, rowCount)))
            let touched = rows(block)
            let gradients = MutableMatrixView(
                base: sums, rows: block.count, columns: width, stride: width)
            approaching(rows(next))
            kernels.multiply(transpose.rows(block), arena, stride: 1, into: gradients)
            body(TableRowGradients(rows: touched, gradients: gradients))
        }
    }

    /// Puts together the transpose of what the lanes ask of the shard, and returns how many rows it
    /// has.
    private func collect(
        _ lanes: [TableGradients], _ split: TableShards, shard: Int, _ kernels: Kernels
    ) -> Int {
        let parts = lanes.map { $0.entries(shard: shard) }
        for part in parts {
            kernels.prefetch(
                part.baseAddress!, byteCount: part.count * MemoryLayout<TableGradient>.stride)
        }
        let count = parts.reduce(0) { $0 + $1.count }
        reserve(count)
        let sorted = sortedByRow(parts, count, split)
        let (rows, offsets, sources, coefficients) = (rows, offsets, sources, coefficients)
        // Without branches: whether a row comes again cannot be foreseen.
        var rowCount = 0
        var last = UInt32.max
        offsets[0] = 0
        for index in 0..<count {
            let entry = sorted[index]
            sources[index] = entry.source
            coefficients[index] = entry.coefficient
            rowCount &+= entry.row == last ? 0 : 1
            last = entry.row
            rows[rowCount &- 1] = last
            offsets[rowCount] = index &+ 1
        }
        return rowCount
    }

    private func reserve(_ count: Int) {
        if count < capacity { return }
        deallocate()
        capacity = 2 * count + 16
        entries = .allocate(capacity: capacity)
        scratch = .allocate(capacity: capacity)
        rows = .allocate(capacity: capacity)
        offsets = .allocate(capacity: capacity)
        sources = .allocate(capacity: capacity)
        coefficients = .allocate(capacity: capacity)
    }

    private func deallocate() {
        entries.deallocate()
        scratch.deallocate()
        rows.deallocate()
        offsets.deallocate()
        sources.deallocate()
        coefficients.deallocate()
    }

    /// A radix sort from the least significant digit, stable; returns where the result lies.
    /// Digits are as long as pays for so many entries.
    private func sortedByRow(
        _ parts: [UnsafeBufferPointer<TableGradient>], _ count: Int, _ split: TableShards
    ) -> UnsafeMutablePointer<TableGradient> {
        let longest = max(8, Int.bitWidth - count.leadingZeroBitCount)
        let passes = max((split.placeBits + longest - 1) / longest, 1)
        let digit = (split.placeBits + passes - 1) / passes
        let mask = 1 << digit - 1
        var (target, other) = (entries, scratch)
        var source = parts
        for pass in 0..<passes {
            let shift = pass * digit
            @inline(__always)
            func bucket(_ entry: TableGradient) -> Int {
                split.place(of: entry.row) &>> shift & mask
            }
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: mask + 2) { starts in
                starts.initialize(repeating: 0)
                for part in source {
                    for entry in part { starts[bucket(entry) + 1] &+= 1 }
                }
                for bucket in 0...mask { starts[bucket + 1] &+= starts[bucket] }
                for part in source {
                    for entry in part {
                        let bucket = bucket(entry)
                        target[Int(starts[bucket])] = entry
                        starts[bucket] &+= 1
                    }
                }
            }
            source = [UnsafeBufferPointer(start: target, count: count)]
            swap(&target, &other)
        }
        return other
    }
}
