import Foundation
internal import Yams

/// A YAML file that is one mapping, read strictly: unknown keys and wrong types are errors with
/// file and line.
///
///     let file = try YAMLFile(path: "jobs/nightly.yaml")
///     let job = try file.decode { root in
///         Job(name: try root.value("name"), deadline: try root.value("deadline"))
///     }
public struct YAMLFile {
    /// The name in error messages.
    public let name: String
    private let root: Node

    /// Reads and parses a file.
    ///
    /// - Throws: ``YAMLError`` when it cannot be read, is not UTF-8 or not YAML.
    public init(path: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
            throw YAMLError(
                file: path, line: nil,
                message: !exists
                    ? "does not exist"
                    : isDirectory.boolValue
                        ? "is a directory" : "could not be read as UTF-8 text")
        }
        try self.init(text: text, name: path)
    }

    /// Parses text.
    public init(text: String, name: String) throws {
        self.name = name
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw YAMLError(file: name, line: nil, message: "the file is empty")
            }
            root = node
        } catch let error as YamlError {
            throw YAMLError(parsing: error, file: name)
        }
    }

    /// Reads the mapping that the file is.
    public func decode<Result>(_ body: (YAMLMapping) throws -> Result) throws -> Result {
        try YAMLValue(node: root, file: name, path: "").mapping(body)
    }

    /// The content as JSON, with the keys in their order: for keeping what was read.
    public var json: String { root.json }
}

extension YAMLError {
    init(parsing error: YamlError, file: String) {
        var line: Int?
        var message: String
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            line = mark.line
            message = problem
        case .duplicatedKeysInMapping(let duplicates, let context):
            line = context.mark.line
            message = "a key stands twice: " + duplicates.joined(separator: ", ")
        case .reader(let problem, _, _, _):
            message = problem
        default:
            message = "the file cannot be parsed"
        }
        if message.hasSuffix(".") { message.removeLast() }
        self.init(file: file, line: line, message: "not valid YAML: \(message)")
    }
}

extension Node {
    fileprivate var json: String {
        switch self {
        case .mapping(let mapping):
            let members = mapping.map { key, value in
                "\(Self.quoted(key.scalar?.string ?? "")): \(value.json)"
            }
            return "{" + members.joined(separator: ", ") + "}"
        case .sequence(let sequence):
            return "[" + sequence.map(\.json).joined(separator: ", ") + "]"
        case .scalar(let scalar):
            switch tagName {
            case .null: return "null"
            case .bool where scalar.string == "true" || scalar.string == "false":
                return scalar.string
            case .int:
                // Other notations than the decimal one stay text.
                return Int(scalar.string).map { String($0) } ?? Self.quoted(scalar.string)
            case .float:
                let number = Double(scalar.string)
                return number.flatMap { $0.isFinite ? "\($0)" : nil } ?? Self.quoted(scalar.string)
            default: return Self.quoted(scalar.string)
            }
        case .alias: return "null"
        }
    }

    private static func quoted(_ text: String) -> String {
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
