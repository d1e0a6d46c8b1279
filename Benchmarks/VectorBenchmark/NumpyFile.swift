import Foundation
import LinearAlgebra

/// Matrices in the format of NumPy (.npy: NEP 1), little-endian, row after row.
enum NumpyFile {
    private static let magic = Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) })

    /// Reads 32-bit floats, shape `[rows, columns]`.
    ///
    /// - Throws: `Malformed` when the file is no such matrix.
    static func read(_ path: String) throws -> Matrix {
        let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        guard data.count >= 12, data.prefix(6).elementsEqual(magic) else { throw Malformed() }
        // Of version 1 the length of the header has two bytes, later four.
        let prefix = data[6] == 1 ? 10 : 12
        let length = (8..<prefix).reduce(0) { $0 + Int(data[$1]) << (8 * ($1 - 8)) }
        let start = prefix + length
        guard data.count >= start else { throw Malformed() }
        let header = String(decoding: data[prefix..<start], as: UTF8.self)
        let shape =
            header.firstRange(of: /\((\d+), *(\d+)\)/).map {
                header[$0].split { !$0.isNumber }.compactMap { Int($0) }
            } ?? []
        guard header.contains("'<f4'"), header.contains("'fortran_order': False"),
            shape.count == 2, shape.allSatisfy({ $0 < 1 << 31 }),
            data.count == start + shape[0] * shape[1] * MemoryLayout<Float>.stride
        else { throw Malformed() }
        return Matrix(rows: shape[0], columns: shape[1]) { result in
            data.withUnsafeBytes { bytes in
                UnsafeMutableRawPointer(result.base).copyMemory(
                    from: bytes.baseAddress! + start, byteCount: bytes.count - start)
            }
        }
    }

    /// Writes numbers as they lie in memory, `columns` a row.
    ///
    /// - Parameter type: Their type as NumPy names it, for example `<f4`.
    static func write<Number: BitwiseCopyable>(
        _ numbers: [Number], columns: Int, type: String, _ file: URL
    ) throws {
        let rows = columns > 0 ? numbers.count / columns : 0
        var header =
            "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
        // The data begins at a multiple of 64.
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        var data = Data(
            magic + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)])
        data += Data(header.utf8)
        numbers.withUnsafeBytes { data += Data($0) }
        try data.write(to: file)
    }

    /// A file holds something else.
    struct Malformed: Error, CustomStringConvertible {
        /// What was expected.
        let description = "not a .npy file of a matrix of 32-bit floats, row after row"
    }
}
