/// A type whose arrays travel as a PostgreSQL array (or, for bytes, as `bytea`).
public protocol PostgresArrayElement: Sendable {
    static var postgresArrayType: PostgresType { get }

    static func encodeArray(_ values: [Self], into buffer: inout WireBuffer)

    static func decodeArray(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    @inlinable public static var postgresType: PostgresType { Element.postgresArrayType }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        Element.encodeArray(self, into: &buffer)
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    @inlinable
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> [Element] {
        try Element.decodeArray(bytes, type: type)
    }
}

/// The binary form of an array, `array_send` in the server: number of dimensions, whether any
/// element is null, element type, then length and lower bound of each dimension, then the elements
/// with a length each.
@usableFromInline
enum ArrayHeader {
    @inlinable static var size: Int { 20 }

    @inlinable
    static func encode(count: Int, elementType: PostgresType, into buffer: inout WireBuffer) {
        buffer.append(bigEndian: Int32(count == 0 ? 0 : 1))
        buffer.append(bigEndian: Int32(0))
        buffer.append(bigEndian: elementType.rawValue)
        guard count > 0 else { return }
        buffer.append(bigEndian: Int32(count))
        buffer.append(bigEndian: Int32(1))
    }

    /// Checks the header and returns the number of elements and their type.
    @inlinable
    static func decode(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> (count: Int, elementType: PostgresType) {
        guard bytes.count >= 12 else { throw .malformed("the array is cut short") }
        let dimensions = bytes.integer(at: 0, as: Int32.self)
        let elementType = PostgresType(rawValue: bytes.integer(at: 8))
        if dimensions == 0 { return (0, elementType) }
        guard dimensions == 1 else {
            throw .malformed("the array has \(dimensions) dimensions, expected one")
        }
        guard bytes.count >= size else { throw .malformed("the array is cut short") }
        let count = Int(bytes.integer(at: 12, as: Int32.self))
        guard count >= 0, count <= (bytes.count - size) / 4 else {
            throw .malformed("the array is cut short")
        }
        return (count, elementType)
    }

    @usableFromInline static let nullElement = DecodingFailure.malformed(
        "the array has a null element")
}

extension PostgresArrayElement where Self: PostgresCodable {
    @inlinable
    public static func encodeArray(_ values: [Self], into buffer: inout WireBuffer) {
        ArrayHeader.encode(count: values.count, elementType: postgresType, into: &buffer)
        for value in values {
            let start = buffer.count
            buffer.append(bigEndian: Int32(0))
            value.encode(into: &buffer)
            buffer.patch(Int32(buffer.count - start - 4), at: start)
        }
    }

    @inlinable
    public static func decodeArray(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> [Self] {
        guard type.sharesWireFormat(with: postgresArrayType) else { throw .typeMismatch }
        let (count, elementType) = try ArrayHeader.decode(bytes)
        var values: [Self] = []
        values.reserveCapacity(count)
        var offset = ArrayHeader.size
        for _ in 0..<count {
            guard offset + 4 <= bytes.count else { throw .malformed("the array is cut short") }
            let length = Int(bytes.integer(at: offset, as: Int32.self))
            if length == -1 { throw ArrayHeader.nullElement }
            offset += 4
            guard length >= 0, length <= bytes.count - offset else {
                throw .malformed("the array is cut short")
            }
            let element = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)])
            values.append(try decode(element, type: elementType))
            offset += length
        }
        return values
    }
}

extension Bool: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .boolArray }
}

extension Int16: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .int2Array }
}

extension Int32: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .int4Array }
}

extension Int64: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .int8Array }
}

extension Int: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .int8Array }
}

extension Float: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .float4Array }
}

extension Double: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .float8Array }
}

extension String: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .textArray }
}

extension PostgresDate: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .dateArray }
}

extension Timestamp: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .timestamptzArray }
}

/// `[UInt8]` is `bytea`.
extension UInt8: PostgresArrayElement {
    @inlinable public static var postgresArrayType: PostgresType { .bytea }

    @inlinable
    public static func encodeArray(_ values: [UInt8], into buffer: inout WireBuffer) {
        values.withUnsafeBytes { buffer.append(bytes: $0) }
    }

    @inlinable
    public static func decodeArray(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> [UInt8] {
        guard type == .bytea else { throw .typeMismatch }
        return Array(bytes)
    }
}
