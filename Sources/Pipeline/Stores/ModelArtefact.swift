import LinearAlgebra
import NeuralNetwork
import TwoTower

/// A two-tower and the vocabularies that its indexes refer to, as one run of bytes.
///
/// Layout, little-endian: the text `VITRINE1`; the vocabularies of items, users, creators, tags and
/// the profile attributes, each as a count and its keys; the 64-bit FNV-1a hash of all that; then the
/// bytes of the model, which carry a checksum of their own. Texts are a 32-bit length and UTF-8.
struct ModelArtefact: Sendable {
    var model: TwoTowerModel
    var vocabularies: Vocabularies

    private static let magic = Array("VITRINE1".utf8)

    init(model: TwoTowerModel, vocabularies: Vocabularies) {
        self.model = model
        self.vocabularies = vocabularies
    }

    func encoded() -> [UInt8] {
        var bytes = Self.magic
        for ids in [vocabularies.items, vocabularies.users, vocabularies.creators] {
            bytes.append(integer: UInt64(ids.count))
            for id in ids.keys { bytes.append(integer: id) }
        }
        bytes.append(integer: UInt64(vocabularies.profile.count))
        for texts in [vocabularies.tags] + vocabularies.profile {
            bytes.append(integer: UInt64(texts.count))
            for text in texts.keys {
                bytes.append(integer: UInt32(text.utf8.count))
                bytes.append(contentsOf: text.utf8)
            }
        }
        bytes.append(integer: Self.hash(bytes[...]))
        return bytes + model.encoded()
    }

    /// Reads what ``encoded()`` wrote.
    ///
    /// - Throws: ``PipelineError`` when it is cut short or something else; `ModelError` when the
    ///   model in it is damaged.
    init(decoding bytes: [UInt8]) throws {
        guard bytes.starts(with: Self.magic) else {
            throw PipelineError(
                "the artefact is not a model of this version", hint: "Train again.")
        }
        var reader = Reader(bytes: bytes, position: Self.magic.count)
        var vocabularies = Vocabularies()
        vocabularies.items = try reader.vocabulary { try $0.ids() }
        vocabularies.users = try reader.vocabulary { try $0.ids() }
        vocabularies.creators = try reader.vocabulary { try $0.ids() }
        let profileCount = try reader.count(of: 8)
        vocabularies.tags = try reader.vocabulary { try $0.texts() }
        vocabularies.profile = try (0..<profileCount).map { _ in
            try reader.vocabulary { try $0.texts() }
        }
        let hash = Self.hash(bytes[..<reader.position])
        guard try reader.integer(UInt64.self) == hash else { throw Reader.damaged }
        model = try TwoTowerModel(decoding: Array(bytes[reader.position...]))
        self.vocabularies = vocabularies
    }

    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash = FNV1a()
        bytes.withUnsafeBufferPointer { hash.add($0) }
        return hash.value
    }

    private struct Reader {
        let bytes: [UInt8]
        var position: Int

        mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
            let size = MemoryLayout<Value>.size
            guard position + size <= bytes.count else { throw Self.cutShort }
            defer { position += size }
            return bytes.withUnsafeBytes {
                Value(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Value.self))
            }
        }

        /// A count of things that take at least `size` bytes each.
        mutating func count(of size: Int) throws -> Int {
            let count = try integer(UInt64.self)
            guard count <= UInt64((bytes.count - position) / size) else { throw Self.cutShort }
            return Int(count)
        }

        mutating func ids() throws -> [Int64] {
            try (0..<count(of: 8)).map { _ in try integer(Int64.self) }
        }

        mutating func texts() throws -> [String] {
            try (0..<count(of: 4)).map { _ in
                let length = Int(try integer(UInt32.self))
                guard length <= bytes.count - position else { throw Self.cutShort }
                defer { position += length }
                return String(decoding: bytes[position..<position + length], as: UTF8.self)
            }
        }

        mutating func vocabulary<Key>(
            _ keys: (inout Reader) throws -> [Key]
        ) throws -> Vocabulary<Key> {
            guard let vocabulary = Vocabulary(try keys(&self)) else {
                throw Self.damaged
            }
            return vocabulary
        }

        static let damaged = PipelineError(
            "the artefact of the model is damaged", hint: "Train again.")
        static let cutShort = PipelineError(
            "the artefact of the model is cut short", hint: "Train again.")
    }
}

extension [UInt8] {
    fileprivate mutating func append<Value: FixedWidthInteger>(integer value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
