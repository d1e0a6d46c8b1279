import Foundation
import LinearAlgebra

/// Numbers of 32 bits in a file, row after row.
enum FloatFile {
    /// A matrix of as many rows as the file holds.
    static func read(_ path: String, columns: Int) throws -> Matrix {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let rows = data.count / (columns * MemoryLayout<Float>.stride)
        let elements = data.withUnsafeBytes { bytes in
            (0..<rows * columns).map {
                bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Float>.stride, as: Float.self)
            }
        }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }

    /// Writes numbers as they lie in memory.
    static func write<Number: BitwiseCopyable>(_ numbers: [Number], _ file: URL) throws {
        try numbers.withUnsafeBytes { try Data($0).write(to: file) }
    }
}
