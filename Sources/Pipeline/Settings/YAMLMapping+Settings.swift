import Foundation
import StrictYAML

extension YAMLMapping {
    /// Reads settings over their defaults: a key for each stored property, in `snake_case`.
    ///
    /// - Throws: `YAMLError` for a value of another type than the default's; keys that are no
    ///   property are left for the mapping to refuse.
    func settings<Settings: Codable>(over defaults: Settings) throws -> Settings {
        let shapes = try JSONSettings(defaults)
        var read = shapes
        for key in shapes.keys {
            guard let value = member(key), let shape = shapes[key] else { continue }
            read[key] = try shape.read(value)
        }
        do {
            return try read.decoded()
        } catch is DecodingError {
            // Which one it is, the error does not always tell: each is tried among the defaults.
            for key in shapes.keys {
                guard let member = member(key) else { continue }
                var single = shapes
                single[key] = read[key]
                guard (try? single.decoded(as: Settings.self)) == nil else { continue }
                throw member.error("\"\(key)\" has a value that it cannot take")
            }
            throw error("the values cannot be taken together")
        }
    }
}

extension JSONValue {
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
