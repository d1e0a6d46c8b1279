import LinearAlgebra

/// For each row of a batch, some weighted rows of one table.
final class Bag {
    /// Where the entries of each batch row start; one value more than batch rows.
    private(set) var offsets = [0]
    private(set) var rows: [UInt32] = []
    private(set) var weights: [Float] = []

    /// Forgets the batch and keeps the memory.
    func removeAll() {
        offsets.removeAll(keepingCapacity: true)
        offsets.append(0)
        rows.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
    }

    /// Adds an entry to the batch row that is being built.
    func append(_ row: UInt32, weight: Float) {
        rows.append(row)
        weights.append(weight)
    }

    /// Adds several entries to the batch row that is being built.
    func append(
        count: Int,
        _ body: (UnsafeMutableBufferPointer<UInt32>, UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        let start = rows.count
        rows.append(contentsOf: repeatElement(0, count: count))
        weights.append(contentsOf: repeatElement(0, count: count))
        rows.withUnsafeMutableBufferPointer { rows in
            weights.withUnsafeMutableBufferPointer { weights in
                body(
                    UnsafeMutableBufferPointer(rebasing: rows[start...]),
                    UnsafeMutableBufferPointer(rebasing: weights[start...]))
            }
        }
    }

    /// Ends the batch row that is being built.
    func closeRow() { offsets.append(rows.count) }
}

/// The rows of a table, while a training or an embedding holds them in place.
// Sendable because workers only read rows, or write rows of their own shard.
struct TableView: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let width: Int
}

/// Turns the table rows of a bag into one vector per batch row, and gradients back.
///
/// Forward writes `output`, shape `[n, width]`; backward receives its gradient in the same shape
/// and tells `gradients` which share of it each table row gets.
protocol BagEncoder: Sendable {
    func forward(
        _ bag: Bag, _ table: TableView, _ output: MutableMatrixView, _ kernels: Kernels)
    func backward(_ bag: Bag, _ gradient: MutableMatrixView, _ gradients: TableGradients)
}

/// The weighted sum of the rows: the encoder of ids, tags and profiles.
struct WeightedSum: BagEncoder {}

extension BagEncoder {
    func forward(
        _ bag: Bag, _ table: TableView, _ output: MutableMatrixView, _ kernels: Kernels
    ) {
        bag.offsets.withUnsafeBufferPointer { offsets in
            bag.rows.withUnsafeBufferPointer { rows in
                bag.weights.withUnsafeBufferPointer { weights in
                    for row in 0..<output.rows {
                        let count = offsets[row + 1] - offsets[row]
                        guard count > 0 else {
                            output.row(row).update(repeating: 0, count: table.width)
                            continue
                        }
                        kernels.gatherSum(
                            table.base, stride: table.width,
                            indexes: rows.baseAddress! + offsets[row],
                            weights: weights.baseAddress! + offsets[row], count: count,
                            into: output.row(row), width: table.width)
                    }
                }
            }
        }
    }

    func backward(_ bag: Bag, _ gradient: MutableMatrixView, _ gradients: TableGradients) {
        bag.offsets.withUnsafeBufferPointer { offsets in
            bag.rows.withUnsafeBufferPointer { rows in
                bag.weights.withUnsafeBufferPointer { weights in
                    gradients.reserve(rows.count)
                    for row in 0..<gradient.rows {
                        let source = gradients.offset(of: gradient.row(row))
                        for entry in offsets[row]..<offsets[row + 1] {
                            gradients.append(
                                row: rows[entry], source: source, coefficient: weights[entry])
                        }
                    }
                }
            }
        }
    }
}
