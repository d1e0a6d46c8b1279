extension String: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .text }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(utf8: self)
    }

    /// Reads `text` and the types whose binary form is their text.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> String {
        switch type {
        case .text, .varchar, .bpchar, .name, .unknown, .json, .xml: break
        case .void: return ""
        default: throw .typeMismatch
        }
        guard let text = String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self) else {
            throw .malformed("the text is not valid UTF-8")
        }
        return text
    }
}
