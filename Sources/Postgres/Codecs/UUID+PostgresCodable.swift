public import FoundationEssentials

extension UUID: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .uuid }

    public func encode(into buffer: inout WireBuffer) {
        withUnsafeBytes(of: uuid) { buffer.append(bytes: $0) }
    }

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> UUID {
        guard type == .uuid else { throw .typeMismatch }
        guard bytes.count == 16 else {
            throw .malformed("expected 16 bytes, found \(bytes.count)")
        }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}
