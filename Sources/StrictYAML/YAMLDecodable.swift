internal import Yams

/// What a YAML value can be read as.
public protocol YAMLDecodable {
    /// What an error says was expected, such as `a whole number`.
    static var yamlExpectation: String { get }

    /// Reads a value.
    ///
    /// - Throws: ``YAMLError``, mostly ``YAMLValue/mismatch(expected:)``.
    static func decode(_ value: YAMLValue) throws -> Self
}

extension String: YAMLDecodable {
    public static var yamlExpectation: String { "text" }

    public static func decode(_ value: YAMLValue) throws -> String {
        guard let text = value.node.scalarText(tagged: .str) else {
            throw value.mismatch(expected: yamlExpectation)
        }
        return text
    }
}

extension Int: YAMLDecodable {
    public static var yamlExpectation: String { "a whole number" }

    public static func decode(_ value: YAMLValue) throws -> Int {
        guard let text = value.node.scalarText(tagged: .int),
            let number = Int(text.replacingUnderscores)
        else { throw value.mismatch(expected: yamlExpectation) }
        return number
    }
}

extension Double: YAMLDecodable {
    public static var yamlExpectation: String { "a number" }

    /// Finite numbers only.
    public static func decode(_ value: YAMLValue) throws -> Double {
        guard
            let text = value.node.scalarText(tagged: .int) ?? value.node.scalarText(tagged: .float),
            let number = Double(text.replacingUnderscores), number.isFinite
        else { throw value.mismatch(expected: yamlExpectation) }
        return number
    }
}

extension Bool: YAMLDecodable {
    public static var yamlExpectation: String { "true or false" }

    /// `true` and `false` alone, not the `yes` and `on` of YAML 1.1.
    public static func decode(_ value: YAMLValue) throws -> Bool {
        switch value.node.scalarText(tagged: .bool) {
        case "true": return true
        case "false": return false
        default: throw value.mismatch(expected: yamlExpectation)
        }
    }
}

extension Array: YAMLDecodable where Element: YAMLDecodable {
    public static var yamlExpectation: String { "a list" }

    public static func decode(_ value: YAMLValue) throws -> [Element] {
        try value.elements().map { try Element.decode($0) }
    }
}

/// An enumeration whose cases are spelt in YAML as their raw values.
public protocol YAMLEnumeration: YAMLDecodable, CaseIterable, RawRepresentable<String> {}

extension YAMLEnumeration {
    public static var yamlExpectation: String {
        "one of " + allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    }

    public static func decode(_ value: YAMLValue) throws -> Self {
        guard case .scalar(let scalar) = value.node else {
            throw value.mismatch(expected: yamlExpectation)
        }
        guard let known = Self(rawValue: scalar.string) else {
            throw value.error(
                "unknown value \"\(scalar.string)\" for \(value.name)",
                hint: NearMiss.hint(for: scalar.string, among: allCases.map(\.rawValue)))
        }
        return known
    }
}

extension String {
    /// YAML 1.1 allows `1_000`.
    fileprivate var replacingUnderscores: String { filter { $0 != "_" } }
}

extension Node {
    /// The text of a scalar whose tag, written or resolved, is the given one.
    func scalarText(tagged name: Tag.Name) -> String? {
        guard case .scalar(let scalar) = self, tagName == name else { return nil }
        return scalar.string
    }

    /// The type of the value: quoted and block scalars are text, plain ones what they look like.
    var tagName: Tag.Name { Tag.Name(rawValue: tag.rawValue) }
}
