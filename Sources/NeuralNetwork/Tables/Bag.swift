import LinearAlgebra

/// For each row of a batch, some weighted rows of one table.
///
/// Entries lie in memory of our own: they are appended one at a time in the hottest loops, where
/// the checks of a class's arrays would cost more than the work.
package final class Bag {
    @usableFromInline
    struct Storage {
        @usableFromInline var rows: UnsafeMutablePointer<UInt32>
        @usableFromInline var weights: UnsafeMutablePointer<Float>
        @usableFromInline var capacity: Int
        @usableFromInline var count: Int
        var offsets: UnsafeMutablePointer<Int>
        var offsetCapacity: Int
        var rowCount: Int
    }

    @usableFromInline let storage: UnsafeMutablePointer<Storage>

    package init() {
        let (capacity, offsetCapacity) = (256, 64)
        storage = .allocate(capacity: 1)
        storage.initialize(
            to: Storage(
                rows: .allocate(capacity: capacity), weights: .allocate(capacity: capacity),
                capacity: capacity, count: 0, offsets: .allocate(capacity: offsetCapacity),
                offsetCapacity: offsetCapacity, rowCount: 0))
        storage.pointee.offsets[0] = 0
    }

    deinit {
        storage.pointee.rows.deallocate()
        storage.pointee.weights.deallocate()
        storage.pointee.offsets.deallocate()
        storage.deallocate()
    }

    /// The number of entries, over all batch rows.
    package var count: Int { storage.pointee.count }
    /// Where the entries of each batch row start; one value more than batch rows.
    package var offsets: UnsafePointer<Int> { UnsafePointer(storage.pointee.offsets) }
    /// The table row of each entry.
    package var rows: UnsafePointer<UInt32> { UnsafePointer(storage.pointee.rows) }
    /// The weight of each entry.
    package var weights: UnsafePointer<Float> { UnsafePointer(storage.pointee.weights) }

    /// Forgets the batch and keeps the memory.
    package func removeAll() {
        storage.pointee.count = 0
        storage.pointee.rowCount = 0
    }

    /// Adds an entry to the batch row that is being built.
    @inlinable @inline(__always)
    package func append(_ row: UInt32, weight: Float) {
        reserve(1)
        let count = storage.pointee.count
        storage.pointee.rows[count] = row
        storage.pointee.weights[count] = weight
        storage.pointee.count = count + 1
    }

    /// Adds several entries to the batch row that is being built; the closure writes all of them.
    @inlinable @inline(__always)
    package func append(
        count: Int,
        _ body: (UnsafeMutablePointer<UInt32>, UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        reserve(count)
        let start = storage.pointee.count
        body(
            storage.pointee.rows + start,
            UnsafeMutableBufferPointer(start: storage.pointee.weights + start, count: count))
        storage.pointee.count = start + count
    }

    /// Ends the batch row that is being built.
    package func closeRow() {
        let row = storage.pointee.rowCount + 1
        if row == storage.pointee.offsetCapacity {
            storage.pointee.offsets = moved(storage.pointee.offsets, row, capacity: 2 * row)
            storage.pointee.offsetCapacity = 2 * row
        }
        storage.pointee.offsets[row] = storage.pointee.count
        storage.pointee.rowCount = row
    }

    @inlinable @inline(__always)
    func reserve(_ count: Int) {
        if storage.pointee.count + count > storage.pointee.capacity { grow(count) }
    }

    @usableFromInline @inline(never)
    func grow(_ count: Int) {
        let used = storage.pointee.count
        let capacity = 2 * (used + count)
        storage.pointee.rows = moved(storage.pointee.rows, used, capacity: capacity)
        storage.pointee.weights = moved(storage.pointee.weights, used, capacity: capacity)
        storage.pointee.capacity = capacity
    }

    private func moved<Element>(
        _ old: UnsafeMutablePointer<Element>, _ count: Int, capacity: Int
    ) -> UnsafeMutablePointer<Element> {
        let new = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        new.moveInitialize(from: old, count: count)
        old.deallocate()
        return new
    }
}

extension Bag {
    /// Adds the entries of all batch rows to a hash.
    package func add(to hash: inout FNV1a) {
        hash.add(integer: UInt32(count))
        hash.add(UnsafeRawBufferPointer(UnsafeBufferPointer(start: rows, count: count)))
        hash.add(UnsafeRawBufferPointer(UnsafeBufferPointer(start: weights, count: count)))
    }

    /// Writes the weighted sum of each batch row's table rows, shape `[n, table.width]`.
    package func forward(_ table: TableView, _ output: MutableMatrixView, _ kernels: Kernels) {
        table.multiplied(
            by: SparseRows(
                count: output.rows, offsets: offsets, indexes: rows, weights: weights),
            into: output, kernels)
    }

    /// Tells `gradients` which share of the output's gradient each table row gets.
    package func backward(_ gradient: MutableMatrixView, _ gradients: TableGradients) {
        let (offsets, rows, weights) = (offsets, rows, weights)
        gradients.reserve(count)
        for row in 0..<gradient.rows {
            let source = gradients.offset(of: gradient.row(row))
            for entry in offsets[row]..<offsets[row + 1] {
                gradients.append(row: rows[entry], source: source, coefficient: weights[entry])
            }
        }
    }
}
