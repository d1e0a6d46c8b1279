import LinearAlgebra

/// How the numbers of a table lie in memory; arithmetic is done in float32 always.
public enum TableStorage: String, Codable, Sendable {
    /// 4 bytes.
    case float32
    /// 2 bytes, with the range of float32 and 8 bits of precision.
    case bfloat16
    /// 2 bytes, for values below 65,504, with 11 bits of precision.
    case float16
}

/// The rows of one table of embeddings, in memory of their own.
///
/// A training changes them in place; once it has handed them to a model, nobody does.
// Sendable because workers only read rows, or write rows of their own shard.
package final class Table: @unchecked Sendable, Equatable {
    package let rows: Int
    package let view: TableView
    package let bytes: UnsafeMutableRawBufferPointer

    /// A table of zeros.
    package init(rows: Int, width: Int, storage: TableStorage) {
        self.rows = rows
        bytes = .zeros(byteCount: rows * width * storage.valueSize)
        view = TableView(base: bytes.baseAddress!, width: width, storage: storage)
    }

    deinit { bytes.deallocate() }

    package func copy() -> Table {
        let copy = Table(rows: rows, width: view.width, storage: view.storage)
        copy.bytes.copyMemory(from: UnsafeRawBufferPointer(bytes))
        return copy
    }

    /// Fills all rows with Gaussian numbers of mean 0.
    package func fill(deviation: Float, using generator: inout SeededGenerator) {
        var values = [Float](repeating: 0, count: view.width)
        for row in 0..<rows {
            for column in values.indices { values[column] = deviation * generator.gaussian() }
            view.write(values, to: row)
        }
    }

    /// All values, shape `[rows, width]`.
    package var values: [Float] {
        var values = [Float](repeating: 0, count: rows * view.width)
        values.withUnsafeMutableBufferPointer { values in
            for row in 0..<rows { view.read(row, into: values.baseAddress! + row * view.width) }
        }
        return values
    }

    package static func == (one: Table, other: Table) -> Bool {
        one.rows == other.rows && one.view.width == other.view.width
            && one.view.storage == other.view.storage && one.bytes.elementsEqual(other.bytes)
    }
}

/// The rows of a table, as the hot loops see them: numbers in one of several formats, floats as
/// soon as one calculates with them.
package struct TableView: @unchecked Sendable {
    package let base: UnsafeMutableRawPointer
    package let width: Int
    package let storage: TableStorage

    package init(base: UnsafeMutableRawPointer, width: Int, storage: TableStorage) {
        self.base = base
        self.width = width
        self.storage = storage
    }

    /// Writes the product of sparse rows with the table, shape `[rows.count, width]`.
    package func multiplied(by rows: SparseRows, into out: MutableMatrixView, _ kernels: Kernels) {
        guard let format = storage.narrowFormat else {
            return kernels.multiply(rows, floats(0), stride: width, into: out)
        }
        NarrowKernels.best.multiply(rows, numbers(0), format, stride: width, into: out)
    }

    /// Writes a row to `out` as floats.
    package func read(_ row: Int, into out: UnsafeMutablePointer<Float>) {
        guard let format = storage.narrowFormat else {
            return out.update(from: floats(row), count: width)
        }
        NarrowKernels.best.widen(numbers(row), format, into: out, width)
    }

    /// Writes some rows, one after the other, to those of `out` as floats.
    package func read(_ rows: [UInt32], into out: MutableMatrixView) {
        rows.withUnsafeBufferPointer { rows in
            for index in 0..<out.rows { read(Int(rows[index]), into: out.row(index)) }
        }
    }

    /// Replaces a row by the numbers nearest to some floats.
    package func write(_ values: UnsafePointer<Float>, to row: Int) {
        guard let format = storage.narrowFormat else {
            return floats(row).update(from: values, count: width)
        }
        NarrowKernels.best.narrow(values, format, into: numbers(row), width)
    }

    /// Lets the closure change a row as floats.
    ///
    /// Narrow numbers are rounded to one of their two neighbours at random, for the seed: the steps
    /// of a training are soon smaller than half of the last bit, and would be lost in the nearest
    /// (Gupta et al. 2015).
    @inline(__always)
    package func update(_ row: Int, seed: UInt64, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        guard let format = storage.narrowFormat else { return body(floats(row)) }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { values in
            let values = values.baseAddress!
            NarrowKernels.best.widen(numbers(row), format, into: values, width)
            body(values)
            NarrowKernels.best.narrow(values, format, into: numbers(row), width, seed: seed)
        }
    }

    /// Asks for a row that will soon be updated.
    @inline(__always)
    package func prefetch(_ row: Int, _ kernels: Kernels) {
        let byteCount = width * storage.valueSize
        kernels.prefetch(base + row * byteCount, byteCount: byteCount)
    }

    private func floats(_ row: Int) -> UnsafeMutablePointer<Float> {
        base.assumingMemoryBound(to: Float.self) + row * width
    }

    private func numbers(_ row: Int) -> UnsafeMutablePointer<UInt16> {
        base.assumingMemoryBound(to: UInt16.self) + row * width
    }
}

extension TableStorage {
    /// The format of 16 bits, or nil for floats.
    package var narrowFormat: NarrowKernels.Format? {
        switch self {
        case .float32: nil
        case .bfloat16: .bfloat16
        case .float16: .float16
        }
    }

    /// Bytes of a number.
    package var valueSize: Int { self == .float32 ? 4 : 2 }
}
