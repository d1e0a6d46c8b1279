internal import DelimitedText
import Foundation

/// Writes the attributes of a row as a JSON object; empty fields are left out.
struct AttributeWriter {
    private let columns: [(key: String, kind: AttributeMapping.Kind, column: InputColumn)]
    private let object: InputColumn?

    /// - Parameter object: A column with further attributes as a JSON object.
    init(_ attributes: [AttributeMapping], object: String?, _ columns: InputColumns) throws {
        self.columns = try attributes.map {
            (Self.quoted($0.name), $0.kind, try columns.column($0.column))
        }
        self.object = try columns.column(object)
    }

    func json(_ record: Record) throws(RowFault) -> String {
        var members: [String] = []
        if let object, let bytes = object.bytes(record) {
            let inner = try Self.members(ofObject: bytes, object)
            if !inner.isEmpty { members.append(inner) }
        }
        for (key, kind, column) in columns {
            guard let value = try Self.value(record, kind, column) else { continue }
            members.append("\(key): \(value)")
        }
        return "{" + members.joined(separator: ", ") + "}"
    }

    private static func value(
        _ record: Record, _ kind: AttributeMapping.Kind, _ column: InputColumn
    ) throws(RowFault) -> String? {
        guard let bytes = column.bytes(record) else { return nil }
        switch kind {
        case .text: return quoted(String(decoding: bytes, as: UTF8.self))
        case .boolean: return try column.boolean(record).map { $0 ? "true" : "false" }
        case .number:
            if let whole = try? FieldParser.integer(bytes) { return String(whole) }
            // One spelling for each number, so that 720 and 720.0 are the same content.
            return try column.number(record).map { number in
                Int64(exactly: number).map { String($0) } ?? "\(number)"
            }
        case .json:
            guard isJSON(bytes) else { throw column.wrongType("JSON") }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// What stands between the braces of an object.
    private static func members(
        ofObject bytes: UnsafeRawBufferPointer, _ column: InputColumn
    ) throws(RowFault) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix("{"), text.hasSuffix("}"), isJSON(bytes) else {
            throw column.wrongType("a JSON object")
        }
        return text.dropFirst().dropLast().trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func isJSON(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // jsonb cannot keep the NUL character.
        guard !String(decoding: bytes, as: UTF8.self).contains("\\u0000") else { return false }
        return
            (try? JSONSerialization.jsonObject(
                with: Data(bytes), options: [.fragmentsAllowed])) != nil
    }

    static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
