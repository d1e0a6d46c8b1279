import Foundation

/// The parameters of a rule that changes a score or a list: a row of configuration.
///
/// Parameters are stored as a JSON object with a key in `snake_case` for each stored property.
public protocol RankingRule: Codable, Hashable, Sendable {
    /// The name of the rule, as rows of configuration and published lists spell it.
    static var name: String { get }

    /// Throws `RankingRuleError` where a parameter is out of range.
    func validate() throws
}

extension RankingRule {
    /// Parameters from JSON. Every parameter must be there, and none that the rule does not have.
    ///
    /// - Throws: `RankingRuleError`.
    public init(parameters json: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = Data(json.utf8)
        do {
            self = try decoder.decode(Self.self, from: data)
        } catch let error as DecodingError {
            throw RankingRuleError.unreadableParameters(of: Self.name, keys: error.keys)
        }
        let unknown = try JSONKeys(data).names.subtracting(try JSONKeys(encoded()).names)
        guard unknown.isEmpty else {
            throw RankingRuleError.unreadableParameters(of: Self.name, keys: unknown.sorted())
        }
        try validate()
    }

    /// The parameters as JSON, keys ascending.
    public var parameters: String {
        get throws { String(decoding: try encoded(), as: UTF8.self) }
    }

    private func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(self)
    }

    /// Throws unless a parameter lies in a range; not a number lies in none.
    func require<Value: Comparable>(
        _ value: Value, in range: ClosedRange<Value>, _ parameter: String
    ) throws {
        guard range.contains(value) else {
            throw RankingRuleError.invalidParameter(
                parameter, of: Self.name,
                allowed: "from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// Throws unless a parameter may be a factor that demotes.
    func requireDemotion(_ value: Double, _ parameter: String) throws {
        try require(value, in: Double(FactorRange.smallest)...1, parameter)
    }
}

/// The keys of a JSON object, those of objects inside it as `outer.inner`.
private struct JSONKeys: Decodable {
    var names: Set<String> = []

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(_ data: Data) throws {
        self = try JSONDecoder().decode(JSONKeys.self, from: data)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys {
            names.insert(key.stringValue)
            if let inner = try? container.decode(JSONKeys.self, forKey: key) {
                names.formUnion(inner.names.map { "\(key.stringValue).\($0)" })
            }
        }
    }
}

extension DecodingError {
    /// The keys that it is about, in `snake_case`; keys are names of parameters, never values.
    fileprivate var keys: [String] {
        let path: [any CodingKey]
        switch self {
        case .keyNotFound(let key, let context): path = context.codingPath + [key]
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            path = context.codingPath
        @unknown default: path = []
        }
        return path.map { key in
            key.stringValue.reduce(into: "") { text, character in
                text += character.isUppercase ? "_\(character.lowercased())" : String(character)
            }
        }
    }
}
