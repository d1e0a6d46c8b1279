internal import FoundationEssentials

/// An argument of a statement, in binary format.
public struct Bind: Hashable, Sendable {
    public let type: PostgresType
    /// The binary form; nil is null.
    public let bytes: [UInt8]?

    public init<Value: PostgresEncodable>(_ value: Value) {
        var buffer = WireBuffer(capacity: 32)
        value.encode(into: &buffer)
        type = Value.postgresType
        bytes = Array(buffer.bytes)
    }

    public init<Value: PostgresEncodable>(_ value: Value?) {
        if let value {
            self.init(value)
        } else {
            self.init(nullOf: Value.postgresType)
        }
    }

    /// A null of the given type.
    public init(nullOf type: PostgresType) {
        self.type = type
        bytes = nil
    }
}

extension Bind {
    /// The value as SQL text without quotes, `null` for null.
    var text: String {
        guard let bytes else { return "null" }
        return bytes.withUnsafeBytes { (try? Self.render($0, type: type)) ?? "?" }
    }

    /// A literal that can stand in the text of a statement that takes no arguments, such as COPY.
    var literal: String {
        guard bytes != nil else { return "null::\(type)" }
        // With an E string, backslashes are doubled whatever standard_conforming_strings says.
        let escaped = text.map { $0 == "'" ? "''" : $0 == "\\" ? "\\\\" : String($0) }.joined()
        return "E'\(escaped)'::\(type)"
    }

    private static func render(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> String {
        func scalar<Value: PostgresDecodable>(
            _: Value.Type
        ) throws(DecodingFailure) -> String {
            "\(try Value.decode(bytes, type: type))"
        }
        func list<Value: PostgresArrayElement>(
            _: Value.Type
        ) throws(DecodingFailure) -> String {
            let elements = try Value.decodeArray(bytes, type: type).map { quoted("\($0)") }
            return "{" + elements.joined(separator: ",") + "}"
        }
        return switch type {
        case .bool: try scalar(Bool.self)
        case .int2, .int4, .int8: try scalar(Int64.self)
        case .float4: try scalar(Float.self)
        case .float8: try scalar(Double.self)
        case .text: try scalar(String.self)
        case .bytea: "\\x" + bytes.map { hexadecimal($0) }.joined()
        case .jsonb: try JSONB.decode(bytes, type: type).text
        case .date: try scalar(PostgresDate.self)
        case .timestamptz: try scalar(Timestamp.self)
        case .uuid: try scalar(UUID.self)
        case .boolArray: try list(Bool.self)
        case .int2Array: try list(Int16.self)
        case .int4Array: try list(Int32.self)
        case .int8Array: try list(Int64.self)
        case .float4Array: try list(Float.self)
        case .float8Array: try list(Double.self)
        case .textArray: try list(String.self)
        case .dateArray: try list(PostgresDate.self)
        case .timestamptzArray: try list(Timestamp.self)
        default: throw .typeMismatch
        }
    }

    /// An element of an array literal (PostgreSQL manual, 8.15.6).
    private static func quoted(_ element: String) -> String {
        "\"" + element.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
