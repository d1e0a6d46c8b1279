extension Int16: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int2 }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: self)
    }

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Int16 {
        guard type == .int2 else { throw .typeMismatch }
        return try bytes.integer()
    }
}

extension Int32: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int4 }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: self)
    }

    /// Reads `integer`, and `smallint` widened.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Int32 {
        switch type {
        case .int4: try bytes.integer()
        case .int2: Int32(try bytes.integer(as: Int16.self))
        default: throw .typeMismatch
        }
    }
}

extension Int64: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int8 }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: self)
    }

    /// Reads `bigint`, and `integer`, `smallint` and `oid` widened.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Int64 {
        switch type {
        case .int8: try bytes.integer()
        case .int4: Int64(try bytes.integer(as: Int32.self))
        case .int2: Int64(try bytes.integer(as: Int16.self))
        case .oid: Int64(try bytes.integer(as: UInt32.self))
        default: throw .typeMismatch
        }
    }
}

/// `Int` is `bigint`.
extension Int: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int8 }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: Int64(self))
    }

    /// Reads what `Int64` reads.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Int {
        Int(try Int64.decode(bytes, type: type))
    }
}
