extension Bool: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .bool }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: UInt8(self ? 1 : 0))
    }

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Bool {
        guard type == .bool else { throw .typeMismatch }
        return try bytes.integer(as: UInt8.self) != 0
    }
}
