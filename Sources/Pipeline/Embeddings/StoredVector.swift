import LinearAlgebra
import Postgres
import VectorIndex

/// An embedding as a row of `model.user_vectors` or `model.item_vectors` holds it.
///
/// The function `model.decoded_embedding` reads the same numbers in SQL.
enum StoredVector: Equatable, Sendable {
    case real([Float])
    /// Two bytes a number, the lower first.
    case half([UInt8])
    /// A signed byte a number.
    case int8([UInt8], scale: Float)

    /// The columns of the tables that hold it, in the order of ``append(to:)``.
    static let columns = ["components", "code", "scale"]

    /// Encodes the numbers of an embedding.
    ///
    /// - Throws: ``PipelineError`` when a number is not finite, or too large for half precision.
    init(_ numbers: UnsafeBufferPointer<Float>, _ encoding: EmbeddingEncoding) throws {
        guard let base = numbers.baseAddress, !numbers.isEmpty, encoding != .real else {
            self = .real(Array(numbers))
            return
        }
        guard numbers.allSatisfy(\.isFinite) else {
            throw PipelineError(
                "an embedding is not finite",
                hint: "Check the model that made it for divergence, or promote another.")
        }
        switch encoding {
        case .real: self = .real(Array(numbers))
        case .half:
            let limit = Float(Float16.greatestFiniteMagnitude)
            guard numbers.allSatisfy({ abs($0) <= limit }) else {
                throw PipelineError(
                    "an embedding is too large for half precision",
                    hint: "Store it as real or int8, under steps.embed of the job file.")
            }
            self = .half(
                Self.bytes(numbers.count, as: UInt16.self) {
                    NarrowKernels.best.narrow(base, .float16, into: $0, numbers.count)
                })
        case .int8:
            var scale: Float = 0
            let code = Self.bytes(numbers.count, as: Int8.self) {
                scale = EightBits.encode(base, count: numbers.count, into: $0)
            }
            self = .int8(code, scale: scale)
        }
    }

    /// What a row holds.
    ///
    /// - Throws: ``PipelineError`` when it is none of the forms.
    init(components: [Float]?, code: [UInt8]?, scale: Float?) throws {
        switch (components, code, scale) {
        case (let components?, nil, nil): self = .real(components)
        case (nil, let code?, nil) where code.count.isMultiple(of: 2): self = .half(code)
        case (nil, let code?, let scale?): self = .int8(code, scale: scale)
        default:
            throw PipelineError(
                "a stored embedding is in none of the known forms",
                hint: "Run the job again with --fresh.")
        }
    }

    /// The numbers that it stands for.
    var numbers: [Float] {
        switch self {
        case .real(let components): components
        case .half(let code):
            Self.numbers(of: code, as: UInt16.self) { code, count, numbers in
                NarrowKernels.best.widen(code, .float16, into: numbers, count)
            }
        case .int8(let code, let scale):
            Self.numbers(of: code, as: Int8.self) { code, count, numbers in
                EightBits.decode(code, scale: scale, count: count, into: numbers)
            }
        }
    }

    /// Writes it into the ``columns``.
    func append(to writer: inout BinaryCopyWriter) {
        switch self {
        case .real(let components):
            writer.append(components)
            writer.appendNull()
            writer.appendNull()
        case .half(let code):
            writer.appendNull()
            writer.append(code)
            writer.appendNull()
        case .int8(let code, let scale):
            writer.appendNull()
            writer.append(code)
            writer.append(scale)
        }
    }

    private static func bytes<Number>(
        _ count: Int, as type: Number.Type, _ body: (UnsafeMutablePointer<Number>) -> Void
    ) -> [UInt8] {
        let byteCount = count * MemoryLayout<Number>.size
        return [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, initializedCount in
            // Arrays begin at multiples of 16 bytes.
            UnsafeMutableRawPointer(bytes.baseAddress!)
                .withMemoryRebound(to: type, capacity: count, body)
            initializedCount = byteCount
        }
    }

    private static func numbers<Number>(
        of code: [UInt8], as type: Number.Type,
        _ body: (UnsafePointer<Number>, _ count: Int, UnsafeMutablePointer<Float>) -> Void
    ) -> [Float] {
        let count = code.count / MemoryLayout<Number>.size
        return [Float](unsafeUninitializedCapacity: count) { numbers, initializedCount in
            initializedCount = count
            guard count > 0 else { return }
            code.withUnsafeBytes { bytes in
                bytes.baseAddress!.withMemoryRebound(to: type, capacity: count) {
                    body($0, count, numbers.baseAddress!)
                }
            }
        }
    }
}
