import CZlib
import Foundation
import NeuralNetwork

/// Writes a checkpoint part by part, so that it takes one part of memory more than the training.
///
/// Version 1. Numbers are in the order of this machine's bytes: a checkpoint is read where it was
/// written.
///
///     8 bytes   "VTCHECKP"
///     uint32    version
///     uint32    length of the header, then the header: JSON
///     …         the blocks of memory that make up the state, as they lie
///     uint32    CRC-32 of all bytes before
struct CheckpointWriter {
    private var buffer: [UInt8] = []
    private var checksum: UInt = 0
    private let partSize: Int
    private let emit: (ArraySlice<UInt8>) throws -> Void

    init(
        header: some Encodable, partSize: Int = Checkpointing.partSize,
        emit: @escaping (ArraySlice<UInt8>) throws -> Void
    ) throws {
        self.partSize = partSize
        self.emit = emit
        buffer.reserveCapacity(partSize)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(header)
        try append(CheckpointReader.magic)
        try append(integer: CheckpointReader.version)
        try append(integer: UInt32(json.count))
        try append(Array(json))
    }

    mutating func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try append($0) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        checksum = crc32_z(checksum, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            let taken = rest.prefix(partSize - buffer.count)
            buffer.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
            if buffer.count == partSize { try flush() }
        }
    }

    /// Writes the checksum and what is left of the last part.
    mutating func finish() throws {
        try append(integer: UInt32(truncatingIfNeeded: checksum))
        if !buffer.isEmpty { try flush() }
    }

    private mutating func append(integer: UInt32) throws {
        try withUnsafeBytes(of: integer) { try append($0) }
    }

    private mutating func flush() throws {
        try emit(buffer[...])
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Reads what ``CheckpointWriter`` wrote, asking for one part after the other.
struct CheckpointReader {
    fileprivate static let magic = Array("VTCHECKP".utf8)
    fileprivate static let version: UInt32 = 1

    private var buffer: ArraySlice<UInt8>
    private var number = 0
    private var checksum: UInt = 0
    private let store: any CheckpointStore

    /// A reader at the start; nil when the store keeps nothing.
    init?(_ store: any CheckpointStore) throws {
        guard let first = try store.part(0) else { return nil }
        self.store = store
        buffer = first[...]
    }

    /// Reads the header.
    ///
    /// - Throws: `corruptArtefact` when these are not the bytes of a checkpoint of this version.
    mutating func header<Header: Decodable>(as type: Header.Type) throws -> Header {
        guard try bytes(Self.magic.count) == Self.magic, try integer() == Self.version else {
            throw ModelError(
                .corruptArtefact, "checkpoint is not one of this version",
                hint: "Begin the training anew.")
        }
        let length = Int(try integer())
        // A header is a page of settings; more is damage, and not worth the memory.
        guard length < 1 << 24,
            let header = try? JSONDecoder().decode(
                type, from: Data(try bytes(length)))
        else { throw Self.damaged }
        return header
    }

    /// Fills a block.
    mutating func read(into block: UnsafeMutableRawBufferPointer) throws {
        var filled = 0
        while filled < block.count {
            if buffer.isEmpty {
                number += 1
                guard let next = try store.part(number), !next.isEmpty else { throw Self.damaged }
                buffer = next[...]
            }
            let taken = buffer.prefix(block.count - filled)
            taken.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: block[filled..<filled + $0.count])
                    .copyMemory(from: $0)
            }
            filled += taken.count
            buffer = buffer.dropFirst(taken.count)
        }
        checksum = crc32_z(checksum, block.bindMemory(to: UInt8.self).baseAddress, block.count)
    }

    /// Reads floats.
    mutating func floats(_ count: Int) throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: count) { values, initialized in
            try read(into: UnsafeMutableRawBufferPointer(values))
            initialized = count
        }
    }

    /// Compares the checksum; nothing may follow it.
    mutating func finish() throws {
        let expected = UInt32(truncatingIfNeeded: checksum)
        guard try integer() == expected, buffer.isEmpty, try store.part(number + 1) == nil else {
            throw Self.damaged
        }
    }

    private mutating func bytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try read(into: $0) }
        return bytes
    }

    private mutating func integer() throws -> UInt32 {
        var value: UInt32 = 0
        try withUnsafeMutableBytes(of: &value) { try read(into: $0) }
        return value
    }

    static let damaged = ModelError(
        .corruptArtefact, "checkpoint is damaged or cut short",
        hint: "Begin the training anew.")
}
