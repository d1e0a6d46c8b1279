internal import Yams

/// A mapping being read. Every key asked for is a known one; those left at the end are errors.
///
///     let retries = try file.value("retries", default: 3)
///     let kind = try file.value("kind", as: Kind.self)
///     let window = try file.optional("window", as: Duration.self)
public final class YAMLMapping {
    private let value: YAMLValue
    private let entries: [(key: String, keyLine: Int?, value: Node)]
    private var known: [String] = []

    init(_ mapping: Node.Mapping, of value: YAMLValue) throws {
        self.value = value
        var seen: Set<String> = []
        entries = try mapping.map { key, node in
            guard case .scalar(let scalar) = key else {
                throw YAMLError(
                    file: value.file, line: key.mark?.line,
                    message: "a key of \(value.name) is not text")
            }
            guard seen.insert(scalar.string).inserted else {
                throw YAMLError(
                    file: value.file, line: key.mark?.line,
                    message: "key \"\(scalar.string)\" stands twice in \(value.name)")
            }
            return (scalar.string, key.mark?.line, node)
        }
    }

    /// All keys in order, without making them known.
    public var keys: [String] { entries.map(\.key) }

    /// The line on which the mapping begins.
    public var line: Int? { value.line }

    /// The value of a key; nil when the key is absent.
    public func member(_ key: String) -> YAMLValue? {
        known.append(key)
        guard let entry = entries.first(where: { $0.key == key }) else { return nil }
        return YAMLValue(node: entry.value, file: value.file, path: path(to: key))
    }

    /// The value of a key.
    ///
    /// - Throws: ``YAMLError`` when the key is absent or its value of another type.
    public func value<Value: YAMLDecodable>(
        _ key: String, as type: Value.Type = Value.self
    ) throws -> Value {
        guard let member = member(key) else { throw missing(key) }
        return try member.decode(as: type)
    }

    /// The value of a key, or the default when the key is absent.
    public func value<Value: YAMLDecodable>(
        _ key: String, default fallback: @autoclosure () -> Value
    ) throws -> Value {
        try optional(key) ?? fallback()
    }

    /// The value of a key; nil when the key is absent. An empty value is an error all the same.
    public func optional<Value: YAMLDecodable>(
        _ key: String, as type: Value.Type = Value.self
    ) throws -> Value? {
        try member(key)?.decode(as: type)
    }

    /// A whole number within a range.
    public func value(_ key: String, in range: ClosedRange<Int>, default fallback: Int) throws
        -> Int
    {
        guard let member = member(key) else { return fallback }
        let number = try member.decode(as: Int.self)
        guard range.contains(number) else {
            throw member.error(
                "\(member.name) must lie between \(range.lowerBound) and \(range.upperBound)")
        }
        return number
    }

    /// A nested mapping.
    public func mapping<Result>(
        _ key: String, _ body: (YAMLMapping) throws -> Result
    ) throws -> Result {
        guard let member = member(key) else { throw missing(key) }
        return try member.mapping(body)
    }

    /// A nested mapping; nil when the key is absent.
    public func optionalMapping<Result>(
        _ key: String, _ body: (YAMLMapping) throws -> Result
    ) throws -> Result? {
        try member(key)?.mapping(body)
    }

    /// The results of `body` for each element of a list; empty when the key is absent.
    public func list<Result>(
        _ key: String, _ body: (YAMLValue) throws -> Result
    ) throws -> [Result] {
        try member(key)?.elements().map(body) ?? []
    }

    /// All keys with their values, for mappings whose keys are names of the user's own.
    public func members() -> [(key: String, value: YAMLValue)] {
        entries.map { entry in
            known.append(entry.key)
            return (
                entry.key,
                YAMLValue(node: entry.value, file: value.file, path: path(to: entry.key))
            )
        }
    }

    /// An error at this mapping.
    public func error(_ message: String, hint: String? = nil) -> YAMLError {
        value.error(message, hint: hint)
    }

    /// An error at one of its keys; at the mapping when the key is absent.
    public func error(at key: String, _ message: String, hint: String? = nil) -> YAMLError {
        let line = entries.first { $0.key == key }?.keyLine ?? value.line
        return YAMLError(file: value.file, line: line, message: message, hint: hint)
    }

    /// - Throws: ``YAMLError`` for the first key that nobody has asked for.
    func finish() throws {
        guard let unknown = entries.first(where: { !known.contains($0.key) }) else { return }
        var suggestions: [String] = []
        for key in known where !suggestions.contains(key) { suggestions.append(key) }
        throw YAMLError(
            file: value.file, line: unknown.keyLine,
            message: "unknown key \"\(unknown.key)\" in \(value.name)",
            hint: NearMiss.hint(for: unknown.key, among: suggestions))
    }

    private func missing(_ key: String) -> YAMLError {
        value.error("\(value.name) lacks the key \"\(key)\"")
    }

    private func path(to key: String) -> String {
        value.path.isEmpty ? key : "\(value.path).\(key)"
    }
}
