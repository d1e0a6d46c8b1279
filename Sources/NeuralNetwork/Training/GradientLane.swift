import LinearAlgebra

/// The gradients that the chunks of one lane of a batch add up to.
///
/// Chunk k of a batch adds to lane k mod `count`, and lanes are added up in order. The cut into chunks
/// does not depend on the thread count, so the sums do not either, bit for bit.
// Sendable because one worker at a time has it.
package final class GradientLane: @unchecked Sendable {
    /// Lanes of a batch.
    package static let count = 16

    /// The gradients of the dense parameters.
    package let dense: UnsafeMutablePointer<Float>
    /// What the lane asks of each table.
    package let tables: [TableGradients]
    /// Whether a chunk of this batch has come; before, the dense gradients are of another.
    package private(set) var isOpen = false

    /// - Parameter tableRows: The number of rows of each table.
    package init(denseCount: Int, tableRows: [Int]) {
        dense = .zeros(denseCount)
        tables = tableRows.map { TableGradients(TableShards(rows: $0)) }
    }

    deinit { dense.deallocate() }

    /// Forgets the last batch; gradients of table rows in the next lie in `arena`.
    package func clear(arena: UnsafeMutablePointer<Float>) {
        isOpen = false
        for table in tables { table.removeAll(arena: arena) }
    }

    /// Zeroes the dense gradients, once a batch: small batches leave many lanes alone.
    package func open(_ range: Range<Int>) {
        if isOpen { return }
        isOpen = true
        (dense + range.lowerBound).update(repeating: 0, count: range.count)
    }
}
