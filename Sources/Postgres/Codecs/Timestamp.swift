/// A moment: microseconds since 1970-01-01 00:00 UTC, as `timestamp with time zone` keeps it.
///
/// `infinity` and `-infinity` are the largest and smallest integers. The server's last 29 years
/// (294247 to 294276) do not fit and are refused when read.
@frozen
public struct Timestamp: Hashable, Comparable, Sendable {
    public var microsecondsSinceEpoch: Int64

    @inlinable
    public init(microsecondsSinceEpoch: Int64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    /// - Parameter seconds: Seconds since 1970-01-01 00:00 UTC.
    public init(secondsSinceEpoch seconds: Int64) {
        microsecondsSinceEpoch = seconds * 1_000_000
    }

    /// Midnight UTC of a day.
    ///
    /// - Precondition: The day is finite and within the years that fit.
    public init(_ date: PostgresDate) {
        precondition(date.isFinite, "an infinite date has no midnight")
        microsecondsSinceEpoch = Int64(date.daysSinceEpoch) * Self.microsecondsPerDay
    }

    public static let infinity = Timestamp(microsecondsSinceEpoch: .max)
    public static let minusInfinity = Timestamp(microsecondsSinceEpoch: .min)
    static let microsecondsPerDay: Int64 = 86_400_000_000

    @inlinable public var isFinite: Bool {
        microsecondsSinceEpoch != .max && microsecondsSinceEpoch != .min
    }

    /// The day in UTC.
    public var date: PostgresDate {
        guard isFinite else { return self == .infinity ? .infinity : .minusInfinity }
        let (days, _) = microsecondsSinceEpoch.flooredDivision(by: Self.microsecondsPerDay)
        return PostgresDate(daysSinceEpoch: Int32(days))
    }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }
}

extension Timestamp: CustomStringConvertible, LosslessStringConvertible {
    /// Reads ISO text: `2022-05-01 12:30:00.25+00`, with `T` or a blank between, up to six digits
    /// of a second, and an offset (`Z`, `+HH`, `+HHMM` or `+HH:MM`) that is UTC when absent.
    public init?(_ text: String) {
        switch text {
        case "infinity": self = .infinity
        case "-infinity": self = .minusInfinity
        default:
            guard let value = Self.parse(text) else { return nil }
            self.init(microsecondsSinceEpoch: value)
        }
    }

    /// The text PostgreSQL writes with `datestyle = ISO` and `timezone = UTC`.
    public var description: String {
        switch self {
        case .infinity: return "infinity"
        case .minusInfinity: return "-infinity"
        default: break
        }
        let (days, rest) = microsecondsSinceEpoch.flooredDivision(by: Self.microsecondsPerDay)
        let date = CivilDate(daysSinceEpoch: Int(days))
        let (seconds, fraction) = Int(rest).quotientAndRemainder(dividingBy: 1_000_000)
        var text = "\(date.iso) \(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):"
        text += padded(seconds % 60, 2)
        if fraction > 0 {
            var digits = padded(fraction, 6)
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        return text + "+00" + (date.isBeforeChrist ? " BC" : "")
    }

    private static func parse(_ text: String) -> Int64? {
        let beforeChrist = text.hasSuffix(" BC")
        let body = beforeChrist ? text.dropLast(3) : text[...]
        guard let separator = body.firstIndex(where: { $0 == " " || $0 == "T" }),
            let date = CivilDate(iso: body[..<separator], beforeChrist: beforeChrist)
        else { return nil }
        let clock = body[body.index(after: separator)...]
        let zone = clock.firstIndex { $0 == "+" || $0 == "-" || $0 == "Z" } ?? clock.endIndex
        guard let time = microsecondsOfDay(clock[..<zone]),
            let offset = offsetSeconds(clock[zone...])
        else { return nil }
        let (midnight, tooFar) = Int64(date.daysSinceEpoch)
            .multipliedReportingOverflow(by: microsecondsPerDay)
        let (sum, overflow) = midnight.addingReportingOverflow(time - offset * 1_000_000)
        return tooFar || overflow ? nil : sum
    }

    private static func microsecondsOfDay(_ text: Substring) -> Int64? {
        let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ $0.utf8.count == 2 }) else {
            return nil
        }
        let fields = parts.compactMap(decimal)
        guard fields.count == parts.count, fields[0] < 24, fields[1] < 60 else { return nil }
        let seconds = fields.count == 3 ? fields[2] : 0
        guard seconds < 60 else { return nil }
        var microseconds = 0
        if halves.count == 2 {
            guard fields.count == 3, (1...6).contains(halves[1].utf8.count),
                let fraction = decimal(
                    halves[1] + String(repeating: "0", count: 6 - halves[1].utf8.count))
            else { return nil }
            microseconds = fraction
        }
        return Int64((fields[0] * 3_600 + fields[1] * 60 + seconds) * 1_000_000 + microseconds)
    }

    private static func offsetSeconds(_ text: Substring) -> Int64? {
        guard let sign = text.first, sign != "Z" else { return text.count <= 1 ? 0 : nil }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard digits.utf8.count == 2 || digits.utf8.count == 4,
            let hours = decimal(digits.prefix(2)), hours < 16,
            let minutes = digits.utf8.count == 4 ? decimal(digits.suffix(2)) : 0, minutes < 60
        else { return nil }
        return Int64(hours * 3_600 + minutes * 60) * (sign == "-" ? -1 : 1)
    }
}

extension Timestamp: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .timestamptz }

    /// Microseconds from 1970-01-01 to 2000-01-01, where the server counts from.
    @inlinable static var epochOffset: Int64 { 946_684_800_000_000 }

    /// The server's count. A moment before it began, 290278 BC, becomes its earliest.
    @inlinable var wireValue: Int64 {
        guard isFinite else { return microsecondsSinceEpoch }
        let (value, overflow) = microsecondsSinceEpoch.subtractingReportingOverflow(
            Self.epochOffset)
        return overflow ? .min + 1 : value
    }

    @inlinable
    static func fromWire(_ wire: Int64) throws(DecodingFailure) -> Timestamp {
        if wire == .max || wire == .min { return Timestamp(microsecondsSinceEpoch: wire) }
        let (value, overflow) = wire.addingReportingOverflow(epochOffset)
        if overflow { throw .malformed("timestamp out of range") }
        return Timestamp(microsecondsSinceEpoch: value)
    }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: wireValue)
    }

    /// Reads `timestamp with time zone`, and `timestamp without time zone` taken as UTC.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> Timestamp {
        guard type == .timestamptz || type == .timestamp else { throw .typeMismatch }
        return try fromWire(try bytes.integer())
    }
}

extension Int64 {
    /// Quotient rounded towards minus infinity, and a remainder that is never negative.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
