/// A schedule as cron reads it: minute, hour, day of month, month, day of week.
///
/// Each field is a list of numbers, ranges and `*`, the latter two with an optional step; months and
/// days of the week also have their English names of three letters (crontab(5)).
public struct CronSchedule: Hashable, Sendable {
    /// The five fields, with single spaces between.
    public let text: String

    /// Why a text is no schedule, in words.
    public struct Refusal: Error, Hashable, Sendable {
        public var message: String
    }

    struct Field {
        var name: String
        var range: ClosedRange<Int>
        /// Names of the values, from the lower bound on.
        var names: [String] = []
    }

    static let fields = [
        Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23),
        Field(name: "day of month", range: 1...31),
        Field(
            name: "month", range: 1...12,
            names: [
                "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
            ]),
        Field(
            name: "day of week", range: 0...7,
            names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    /// Reads a schedule.
    ///
    /// - Throws: ``Refusal``, which names the field.
    public init(_ text: String) throws(Refusal) {
        let parts = text.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard parts.count == Self.fields.count else {
            throw Refusal(message: "must have five fields")
        }
        for (part, field) in zip(parts, Self.fields) where !Self.isValid(part, field) {
            throw Refusal(
                message: "has a \(field.name) that is none: it must lie between "
                    + "\(field.range.lowerBound) and \(field.range.upperBound)")
        }
        self.text = parts.joined(separator: " ")
    }

    private static func isValid(_ part: String, _ field: Field) -> Bool {
        part.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { element in
            let pieces = element.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2 else { return false }
            if pieces.count == 2 {
                guard let step = number(pieces[1]), step > 0 else { return false }
            }
            if pieces[0] == "*" { return true }
            let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
                .map { value($0, field) }
            switch ends.count {
            // A step goes with a range.
            case 1: return ends[0] != nil && pieces.count == 1
            case 2: return ends[0].flatMap { from in ends[1].map { from <= $0 } } ?? false
            default: return false
            }
        }
    }

    static func value(_ text: Substring, _ field: Field) -> Int? {
        if let place = field.names.firstIndex(of: text.lowercased()) {
            return field.range.lowerBound + place
        }
        return number(text).flatMap { field.range.contains($0) ? $0 : nil }
    }

    /// Digits alone: `Int` would take a sign as well.
    private static func number(_ text: Substring) -> Int? {
        text.allSatisfy { "0" <= $0 && $0 <= "9" } ? Int(text) : nil
    }
}
