import CZlib
import Foundation

/// The artefact of a model, version 2. All numbers are little-endian.
///
///     8 bytes   "VTWOTOWR"
///     uint32    version
///     uint32    length of the header, then the header: JSON of configuration, sizes,
///               standardisation and seed
///     float32…  dense parameters, as many as the header implies
///     …         every table, in the format of the configuration's tableStorage
///     uint32    CRC-32 of all bytes before
extension TwoTowerModel {
    private static let magic = Array("VTWOTOWR".utf8)
    private static let version: UInt32 = 2

    private struct Header: Codable {
        var configuration: TwoTowerConfiguration
        var sizes: ModelSizes
        var standardisation: InputStandardisation
        var seed: UInt64
    }

    /// The model as bytes, which `init(decoding:)` reads back to the last bit.
    public func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let header = Header(
            configuration: configuration, sizes: architecture.sizes,
            standardisation: standardisation, seed: seed)
        // Settings and counts are validated before training, so nothing here is unencodable.
        let json = try! encoder.encode(header)
        var bytes = Self.magic
        bytes.reserveCapacity(Self.length(architecture, headerLength: json.count))
        Self.append(Self.version, to: &bytes)
        Self.append(UInt32(json.count), to: &bytes)
        bytes.append(contentsOf: json)
        parameters.dense.withUnsafeBytes { Self.append($0, valueSize: 4, to: &bytes) }
        for table in parameters.tables {
            Self.append(
                UnsafeRawBufferPointer(table.bytes), valueSize: table.view.storage.valueSize,
                to: &bytes)
        }
        Self.append(Self.checksum(bytes[...]), to: &bytes)
        return bytes
    }

    /// Reads what `encoded` wrote.
    ///
    /// - Throws: `corruptArtefact` when bytes are missing, damaged, or of another version.
    public init(decoding bytes: [UInt8]) throws(TwoTowerError) {
        let prefix = Self.magic.count + 8
        guard bytes.count >= prefix + 4 else {
            throw TwoTowerError(
                .corruptArtefact, "model artefact is cut short: \(bytes.count) bytes")
        }
        guard bytes.starts(with: Self.magic) else {
            throw TwoTowerError(.corruptArtefact, "model artefact does not start as a two-tower")
        }
        let version = Self.integer(bytes, at: Self.magic.count)
        guard version == Self.version else {
            throw TwoTowerError(
                .corruptArtefact,
                "model artefact has version \(version), this program reads \(Self.version)",
                hint: "Train the model again, or use the program that wrote it.")
        }
        guard Self.checksum(bytes.dropLast(4)) == Self.integer(bytes, at: bytes.count - 4) else {
            throw TwoTowerError(
                .corruptArtefact, "checksum of the model artefact does not match",
                hint: "The artefact is damaged or cut short; restore it, or train again.")
        }
        let headerLength = Int(Self.integer(bytes, at: Self.magic.count + 4))
        guard headerLength <= bytes.count - prefix - 4,
            let header = try? JSONDecoder().decode(
                Header.self, from: Data(bytes[prefix..<prefix + headerLength]))
        else {
            throw TwoTowerError(.corruptArtefact, "header of the model artefact is not readable")
        }
        try header.configuration.validate()
        let architecture = Architecture(header.configuration, header.sizes)
        guard Self.length(architecture, headerLength: headerLength) == bytes.count,
            header.standardisation.users.hasColumns(architecture.userNumberCount),
            header.standardisation.items.hasColumns(header.sizes.numericNames.count)
        else {
            throw TwoTowerError(
                .corruptArtefact, "model artefact and its header differ in size")
        }
        var position = prefix + headerLength
        func read(_ block: UnsafeMutableRawBufferPointer, valueSize: Int) {
            Self.read(bytes, at: position, valueSize: valueSize, into: block)
            position += block.count
        }
        var dense = [Float](repeating: 0, count: architecture.denseCount)
        dense.withUnsafeMutableBytes { read($0, valueSize: 4) }
        let storage = header.configuration.tableStorage
        let tables = architecture.tables.map { shape in
            let table = Table(rows: shape.rows, width: shape.width, storage: storage)
            read(table.bytes, valueSize: storage.valueSize)
            return table
        }
        self.init(
            architecture: architecture, parameters: Parameters(dense: dense, tables: tables),
            standardisation: header.standardisation, seed: header.seed)
    }

    private static func length(_ architecture: Architecture, headerLength: Int) -> Int {
        let values = architecture.tables.reduce(0) { $0 + $1.rows * $1.width }
        let valueSize = architecture.configuration.tableStorage.valueSize
        return magic.count + 8 + headerLength + 4 * architecture.denseCount
            + valueSize * values + 4
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

    /// Reads numbers of so many bytes, little-endian.
    private static func read(
        _ bytes: [UInt8], at position: Int, valueSize: Int,
        into numbers: UnsafeMutableRawBufferPointer
    ) {
        bytes.withUnsafeBytes {
            numbers.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: $0[position..<position + numbers.count]))
        }
        #if _endian(big)
            for start in stride(from: 0, to: numbers.count, by: valueSize) {
                numbers[start..<start + valueSize].reverse()
            }
        #endif
    }
}
