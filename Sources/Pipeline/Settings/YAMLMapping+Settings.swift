import Foundation
import StrictYAML

extension YAMLMapping {
    /// Reads settings over their defaults: a key for each stored property, in `snake_case`.
    ///
    /// - Throws: `YAMLError` for a value of another type than the default's; keys that are no
    ///   property are left for the mapping to refuse.
    func settings<Settings: Codable>(over defaults: Settings) throws -> Settings {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let decoder = JSONDecoder()
        guard
            case .object(var values) = try decoder.decode(
                JSONValue.self, from: try encoder.encode(defaults))
        else { preconditionFailure("settings are not a keyed type") }
        let shapes = values
        for key in values.keys.sorted() {
            guard let value = member(key), let shape = values[key] else { continue }
            values[key] = try shape.read(value)
        }
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        func decode(_ values: [String: JSONValue]) throws -> Settings {
            try decoder.decode(
                Settings.self, from: try JSONEncoder().encode(JSONValue.object(values)))
        }
        do {
            return try decode(values)
        } catch is DecodingError {
            // Which one it is, the error does not always tell: each is tried among the defaults.
            for key in values.keys.sorted() {
                guard let member = member(key) else { continue }
                var single = shapes
                single[key] = values[key]
                guard (try? decode(single)) == nil else { continue }
                throw member.error("\"\(key)\" has a value that it cannot take")
            }
            throw error("the values cannot be taken together")
        }
    }
}

/// What JSON can hold, to lay one set of values over another.
private enum JSONValue: Codable {
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

    /// Reads a YAML value of the same kind. A default of 1 may stand for 1.0, so numbers are one kind.
    func read(_ value: YAMLValue) throws -> JSONValue {
        switch self {
        case .bool: return .bool(try value.decode())
        case .text: return .text(try value.decode())
        case .integer, .number:
            if let integer = try? value.decode(as: Int.self) { return .integer(integer) }
            return .number(try value.decode())
        case .list(let elements):
            let shape = elements.first ?? .text("")
            return .list(try value.elements().map { try shape.read($0) })
        case .object: throw value.mismatch(expected: "left out")
        }
    }
}
