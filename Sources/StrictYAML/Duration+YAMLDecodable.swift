/// A span of time in YAML: numbers with units one after another, `15m`, `28d`, `1h30m`, `250ms`.
///
/// Units are `w`, `d`, `h`, `m`, `s` and `ms`, each at most once and from large to small; a lone
/// `0` needs none. A day has 24 hours.
extension Duration: YAMLDecodable {
    public static var yamlExpectation: String { "a duration such as 15m, 1h30m or 28d" }

    public static func decode(_ value: YAMLValue) throws -> Duration {
        guard let text = value.scalarText, let duration = Duration(yaml: text) else {
            throw value.mismatch(expected: yamlExpectation)
        }
        return duration
    }

    /// Reads the text of a duration; nil when it is not one.
    public init?(yaml text: String) {
        if text == "0" {
            self = .zero
            return
        }
        let units: [(String, Int64)] = [
            ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
            ("ms", 1),
        ]
        var rest = text[...]
        var next = 0
        var total: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { "0" <= $0 && $0 <= "9" }
            rest = rest.dropFirst(digits.count)
            let name = String(rest.prefix { $0.isLetter })
            rest = rest.dropFirst(name.count)
            guard let count = Int64(digits),
                let index = units[next...].firstIndex(where: { $0.0 == name })
            else { return nil }
            let (part, tooLarge) = count.multipliedReportingOverflow(by: units[index].1)
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !tooLarge, !overflow else { return nil }
            total = sum
            next = index + 1
        }
        self = .milliseconds(total)
    }
}
