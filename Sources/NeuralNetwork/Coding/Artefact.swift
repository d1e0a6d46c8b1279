import CZlib
import Foundation

/// The frame of a model's bytes. All numbers are little-endian.
///
///     8 bytes   what kind of model it is
///     uint32    version
///     uint32    length of the header, then the header: JSON
///     …         blocks of numbers, as many as the header implies
///     uint32    CRC-32 of all bytes before
package struct ArtefactFormat: Sendable {
    private let magic: [UInt8]
    private let version: UInt32
    private let kind: String

    /// - Parameters:
    ///   - magic: Eight ASCII characters.
    ///   - kind: What it is, for messages: "a two-tower".
    package init(magic: String, version: UInt32, kind: String) {
        precondition(magic.utf8.count == 8, "\"\(magic)\" has \(magic.utf8.count) bytes, not 8")
        self.magic = Array(magic.utf8)
        self.version = version
        self.kind = kind
    }

    /// The bytes of a header and of blocks, which a closure appends.
    package func encoded(
        header: some Encodable, _ body: ((UnsafeRawBufferPointer, _ valueSize: Int) -> Void) -> Void
    ) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Settings and counts are validated before training, so nothing here is unencodable.
        let json = try! encoder.encode(header)
        var bytes = magic
        Self.append(version, to: &bytes)
        Self.append(UInt32(json.count), to: &bytes)
        bytes.append(contentsOf: json)
        body { Self.append($0, valueSize: $1, to: &bytes) }
        Self.append(Self.checksum(bytes[...]), to: &bytes)
        return bytes
    }

    /// Reads the header, and leaves the reader at the first block.
    package func reader<Header: Decodable>(
        _ bytes: [UInt8], header: Header.Type
    ) throws(ModelError) -> (Header, ArtefactReader) {
        let prefix = magic.count + 8
        guard bytes.count >= prefix + 4 else {
            throw ModelError(.corruptArtefact, "model artefact is cut short: \(bytes.count) bytes")
        }
        guard bytes.starts(with: magic) else {
            throw ModelError(.corruptArtefact, "model artefact does not start as \(kind)")
        }
        let found = Self.integer(bytes, at: magic.count)
        guard found == version else {
            throw ModelError(
                .corruptArtefact,
                "model artefact has version \(found), this program reads \(version)",
                hint: "Train the model again, or use the program that wrote it.")
        }
        guard Self.checksum(bytes.dropLast(4)) == Self.integer(bytes, at: bytes.count - 4) else {
            throw ModelError(
                .corruptArtefact,
                "checksum of the model artefact does not match",
                hint: "The artefact is damaged or cut short; restore it, or train again.")
        }
        let headerLength = Int(Self.integer(bytes, at: magic.count + 4))
        guard headerLength <= bytes.count - prefix - 4,
            let header = try? JSONDecoder().decode(
                Header.self, from: Data(bytes[prefix..<prefix + headerLength]))
        else {
            throw ModelError(.corruptArtefact, "header of the model artefact is not readable")
        }
        return (header, ArtefactReader(bytes: bytes, position: prefix + headerLength))
    }

    /// CRC-32 of some bytes, by zlib's `crc32_z`.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func integer(_ bytes: [UInt8], at position: Int) -> UInt32 {
        bytes.withUnsafeBytes {
            UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt32.self))
        }
    }

    /// Appends numbers of so many bytes, little-endian.
    private static func append(
        _ numbers: UnsafeRawBufferPointer, valueSize: Int, to bytes: inout [UInt8]
    ) {
        #if _endian(little)
            bytes.append(contentsOf: numbers)
        #else
            for start in stride(from: 0, to: numbers.count, by: valueSize) {
                bytes.append(contentsOf: numbers[start..<start + valueSize].reversed())
            }
        #endif
    }
}

/// Reads the blocks of an artefact whose checksum matches.
package struct ArtefactReader {
    private let bytes: [UInt8]
    private var position: Int

    fileprivate init(bytes: [UInt8], position: Int) {
        self.bytes = bytes
        self.position = position
    }

    /// Refuses an artefact whose blocks have not as many bytes in all as its header implies.
    package func checkLength(_ byteCount: Int) throws(ModelError) {
        guard bytes.count - 4 - position == byteCount else {
            throw ModelError(.corruptArtefact, "model artefact and its header differ in size")
        }
    }

    /// Fills a block with numbers of so many bytes. There must be as many, which `checkLength` sees to.
    package mutating func read(into numbers: UnsafeMutableRawBufferPointer, valueSize: Int) {
        bytes.withUnsafeBytes {
            numbers.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: $0[position..<position + numbers.count]))
        }
        position += numbers.count
        #if _endian(big)
            for start in stride(from: 0, to: numbers.count, by: valueSize) {
                numbers[start..<start + valueSize].reverse()
            }
        #endif
    }

    /// The dense parameters and then the tables, each of a shape: rows, width.
    package mutating func parameters(
        denseCount: Int, tables: [(rows: Int, width: Int)], storage: TableStorage
    ) throws(ModelError) -> (dense: [Float], tables: [Table]) {
        try checkLength(
            4 * denseCount + storage.valueSize * tables.reduce(0) { $0 + $1.rows * $1.width })
        var dense = [Float](repeating: 0, count: denseCount)
        dense.withUnsafeMutableBytes { read(into: $0, valueSize: 4) }
        var all: [Table] = []
        for shape in tables {
            let table = Table(rows: shape.rows, width: shape.width, storage: storage)
            read(into: table.bytes, valueSize: storage.valueSize)
            all.append(table)
        }
        return (dense, all)
    }
}
