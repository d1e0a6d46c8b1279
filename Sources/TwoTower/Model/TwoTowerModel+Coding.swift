import CZlib
import Foundation

/// The artefact of a model, version 2. All numbers are little-endian.
///
///     8 bytes   "VTWOTOWR"
///     uint32    version
///     uint32    length of the header, then the header: JSON of configuration, sizes, seed
///     float32…  dense parameters, then every table, lengths as the header implies
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
        for values in [parameters.dense] + parameters.tables {
            Self.append(values, to: &bytes)
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
        func floats(_ count: Int) -> [Float] {
            defer { position += 4 * count }
            return Self.floats(bytes, at: position, count: count)
        }
        let dense = floats(architecture.denseCount)
        let tables = architecture.tables.map { floats($0.rows * $0.width) }
        self.init(
            architecture: architecture, parameters: Parameters(dense: dense, tables: tables),
            standardisation: header.standardisation, seed: header.seed)
    }

    private static func length(_ architecture: Architecture, headerLength: Int) -> Int {
        let values = architecture.tables.reduce(architecture.denseCount) {
            $0 + $1.rows * $1.width
        }
        return magic.count + 8 + headerLength + 4 * values + 4
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

    private static func append(_ values: [Float], to bytes: inout [UInt8]) {
        #if _endian(little)
            values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        #else
            for value in values { append(value.bitPattern, to: &bytes) }
        #endif
    }

    private static func floats(_ bytes: [UInt8], at position: Int, count: Int) -> [Float] {
        #if _endian(little)
            [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                bytes.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: $0[position..<position + 4 * count]))
                }
                initialized = count
            }
        #else
            (0..<count).map { Float(bitPattern: integer(bytes, at: position + 4 * $0)) }
        #endif
    }
}
