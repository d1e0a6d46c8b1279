internal import Yams

/// One value of a YAML file, with its place.
public struct YAMLValue {
    let node: Node
    let file: String
    /// Path of keys, such as `actions[2].when`; empty for the whole file.
    let path: String

    init(node: Node, file: String, path: String) {
        self.node = node
        self.file = file
        self.path = path
    }

    /// The line on which the value begins, counted from one.
    public var line: Int? { node.mark?.line }

    /// What errors call the value.
    var name: String { path.isEmpty ? "the file" : "\"\(path)\"" }

    public var isScalar: Bool { if case .scalar = node { true } else { false } }

    public var isMapping: Bool { if case .mapping = node { true } else { false } }

    public var isNull: Bool {
        isScalar && node.tagName == .null
    }

    /// The text of a scalar as it was written, whatever its type; nil for lists and mappings.
    public var scalarText: String? {
        if case .scalar(let scalar) = node { scalar.string } else { nil }
    }

    /// Reads the value.
    public func decode<Value: YAMLDecodable>(as type: Value.Type = Value.self) throws -> Value {
        try Value.decode(self)
    }

    /// Reads the value as a mapping; keys that `body` has not asked for are errors.
    public func mapping<Result>(_ body: (YAMLMapping) throws -> Result) throws -> Result {
        guard case .mapping(let mapping) = node else {
            throw mismatch(expected: "a mapping of keys to values")
        }
        let reader = try YAMLMapping(mapping, of: self)
        let result = try body(reader)
        try reader.finish()
        return result
    }

    /// The elements of a list.
    public func elements() throws -> [YAMLValue] {
        guard case .sequence(let sequence) = node else { throw mismatch(expected: "a list") }
        return sequence.enumerated().map { index, node in
            YAMLValue(node: node, file: file, path: "\(path)[\(index + 1)]")
        }
    }

    /// An error at this place.
    public func error(_ message: String, hint: String? = nil) -> YAMLError {
        YAMLError(file: file, line: line, message: message, hint: hint)
    }

    /// The error of a value of another type than was asked for.
    public func mismatch(expected: String) -> YAMLError {
        let found = kind
        let needsQuotes = expected == String.yamlExpectation && isScalar && !isNull
        return error(
            "\(name) must be \(expected), not \(found)",
            hint: needsQuotes ? "Put the value in quotes." : nil)
    }

    private var kind: String {
        switch node {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .alias: return "an alias"
        case .scalar:
            switch node.tagName {
            case .null: return "empty"
            case .bool: return "true or false"
            case .int: return "a whole number"
            case .float: return "a number"
            case .timestamp: return "a date"
            default: return "text"
            }
        }
    }
}
