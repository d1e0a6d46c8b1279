extension Float: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .float4 }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: bitPattern)
    }

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Float {
        guard type == .float4 else { throw .typeMismatch }
        return Float(bitPattern: try bytes.integer())
    }
}

extension Double: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .float8 }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: bitPattern)
    }

    /// Reads `double precision`, and `real` widened.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Double {
        switch type {
        case .float8: Double(bitPattern: try bytes.integer())
        case .float4: Double(Float(bitPattern: try bytes.integer()))
        default: throw .typeMismatch
        }
    }
}
