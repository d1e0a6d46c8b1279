import Foundation

/// Settings as JSON: a key for each stored property, in `snake_case`, as job files spell them.
struct JSONSettings: Equatable {
    private var values: [String: JSONValue]

    init(_ settings: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        guard
            case .object(let values) = try JSONDecoder().decode(
                JSONValue.self, from: try encoder.encode(settings))
        else { preconditionFailure("settings are not a keyed type") }
        self.values = values
    }

    /// Reads what ``text`` wrote.
    init(text: String) throws {
        values = try JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8))
    }

    /// The keys, ascending.
    var keys: [String] { values.keys.sorted() }

    subscript(key: String) -> JSONValue? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// - Throws: `DecodingError` for a value that its property cannot take.
    func decoded<Settings: Decodable>(as type: Settings.Type = Settings.self) throws -> Settings {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: try JSONEncoder().encode(values))
    }

    /// Those whose values are not the same in the other settings.
    func differing(from other: JSONSettings) -> JSONSettings {
        var different = self
        different.values = values.filter { other.values[$0.key] != $0.value }
        return different
    }

    var value: JSONValue { .object(values) }

    /// JSON, keys ascending.
    var text: String { value.text }

    /// A line of YAML for each, keys ascending.
    var yamlLines: [String] { keys.map { "\($0): \(values[$0]!.yaml)" } }
}

/// What JSON can hold.
enum JSONValue: Codable, Equatable {
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// JSON, keys ascending.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing that JSON can hold is refused: numbers are finite.
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }

    /// YAML in one line: names stand without quotes.
    var yaml: String {
        switch self {
        case .text(let value) where !value.isEmpty && value.allSatisfy { $0.isLetter || $0 == "_" }:
            value
        case .list(let elements): "[" + elements.map(\.yaml).joined(separator: ", ") + "]"
        case .bool, .integer, .number, .text, .object: text
        }
    }
}
