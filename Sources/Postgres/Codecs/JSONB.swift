/// A `jsonb` value as its text; parsing is left to the caller.
///
/// Reads `jsonb` and `json`, and sends `jsonb`.
public struct JSONB: Hashable, Sendable, PostgresCodable {
    public var text: String

    public init(_ text: String) {
        self.text = text
    }

    @inlinable public static var postgresType: PostgresType { .jsonb }

    /// The one version of the binary form there is, `jsonb_send` in the server.
    private static let version: UInt8 = 1

    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: Self.version)
        buffer.append(utf8: text)
    }

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> JSONB {
        switch type {
        case .json:
            return JSONB(try String.decode(bytes, type: .json))
        case .jsonb:
            guard bytes.first == version else {
                throw .malformed("unknown version of the binary form of jsonb")
            }
            let text = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
            return JSONB(try String.decode(text, type: .text))
        default:
            throw .typeMismatch
        }
    }
}
