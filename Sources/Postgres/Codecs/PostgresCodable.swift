/// A Swift type that can be sent to the server in binary format.
public protocol PostgresEncodable: Sendable {
    /// The type announced to the server.
    static var postgresType: PostgresType { get }

    /// Appends the binary form, without its length.
    func encode(into buffer: inout WireBuffer)
}

/// A Swift type that can be read from a column in binary format.
public protocol PostgresDecodable: Sendable {
    /// Reads one value.
    ///
    /// - Parameters:
    ///   - bytes: The binary form, valid for the call only.
    ///   - type: The type of the column.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Self

    /// What SQL's null becomes: an error, unless the type is an optional.
    static func decodeNull() throws(DecodingFailure) -> Self
}

public typealias PostgresCodable = PostgresDecodable & PostgresEncodable

extension PostgresDecodable {
    public static func decodeNull() throws(DecodingFailure) -> Self {
        throw .null
    }
}

/// Why a value could not be read; ``Row`` adds the column's name and both types.
public enum DecodingFailure: Error, Hashable, Sendable {
    /// The column holds null and the Swift type is not optional.
    case null
    /// The column's type is not one the Swift type can be read from.
    case typeMismatch
    /// The bytes are not a valid value: the reason, without the value.
    case malformed(String)
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Self {
        .some(try Wrapped.decode(bytes, type: type))
    }

    public static func decodeNull() throws(DecodingFailure) -> Self {
        .none
    }
}

extension UnsafeRawBufferPointer {
    /// Reads the whole buffer as one big-endian integer, checking the length.
    @inlinable
    func integer<Value: FixedWidthInteger>(
        as type: Value.Type = Value.self
    ) throws(DecodingFailure) -> Value {
        guard count == MemoryLayout<Value>.size else {
            throw .malformed("expected \(MemoryLayout<Value>.size) bytes, found \(count)")
        }
        return Value(bigEndian: loadUnaligned(as: Value.self))
    }

    /// Reads a big-endian integer at an offset that the caller has checked.
    @inlinable @inline(__always)
    func integer<Value: FixedWidthInteger>(
        at offset: Int, as type: Value.Type = Value.self
    ) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
