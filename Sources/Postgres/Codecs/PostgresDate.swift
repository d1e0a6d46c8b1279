/// A `date`: a number of days since 1970-01-01, negative before.
///
///     let day = PostgresDate("2022-05-01")!
///     day.daysSinceEpoch    // 19113
///
/// `infinity` and `-infinity` are the largest and smallest day numbers.
@frozen
public struct PostgresDate: Hashable, Comparable, Sendable {
    public var daysSinceEpoch: Int32

    @inlinable
    public init(daysSinceEpoch: Int32) {
        self.daysSinceEpoch = daysSinceEpoch
    }

    public static let infinity = PostgresDate(daysSinceEpoch: .max)
    public static let minusInfinity = PostgresDate(daysSinceEpoch: .min)

    @inlinable public var isFinite: Bool { daysSinceEpoch != .max && daysSinceEpoch != .min }

    public static func < (left: Self, right: Self) -> Bool {
        left.daysSinceEpoch < right.daysSinceEpoch
    }

    /// The date `days` later.
    public func advanced(by days: Int) -> PostgresDate {
        isFinite ? PostgresDate(daysSinceEpoch: daysSinceEpoch + Int32(days)) : self
    }
}

extension PostgresDate: CustomStringConvertible, LosslessStringConvertible {
    /// Reads ISO text, `2022-05-01` or `0044-03-15 BC`, and `infinity`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "infinity": self = .infinity
        case "-infinity": self = .minusInfinity
        default:
            let beforeChrist = text.hasSuffix(" BC")
            let digits = beforeChrist ? text.dropLast(3) : text[...]
            guard let date = CivilDate(iso: digits, beforeChrist: beforeChrist),
                let days = Int32(exactly: date.daysSinceEpoch)
            else { return nil }
            self.init(daysSinceEpoch: days)
        }
    }

    /// The text PostgreSQL writes with `datestyle = ISO`.
    public var description: String {
        switch self {
        case .infinity: return "infinity"
        case .minusInfinity: return "-infinity"
        default:
            let date = CivilDate(daysSinceEpoch: Int(daysSinceEpoch))
            return date.iso + (date.isBeforeChrist ? " BC" : "")
        }
    }
}

extension PostgresDate: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .date }

    /// Days from 1970-01-01 to 2000-01-01, where the server counts from.
    @inlinable static var epochOffset: Int32 { 10_957 }

    @inlinable var wireValue: Int32 {
        isFinite ? daysSinceEpoch &- Self.epochOffset : daysSinceEpoch
    }

    @inlinable
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(bigEndian: wireValue)
    }

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure) -> PostgresDate {
        guard type == .date else { throw .typeMismatch }
        let wire: Int32 = try bytes.integer()
        if wire == .max || wire == .min { return PostgresDate(daysSinceEpoch: wire) }
        let (days, overflow) = wire.addingReportingOverflow(epochOffset)
        if overflow { throw .malformed("date out of range") }
        return PostgresDate(daysSinceEpoch: days)
    }
}
