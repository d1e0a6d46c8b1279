import Postgres

/// How a moment is written.
public enum MomentUnit: Hashable, Sendable {
    /// Whole numbers since 1970-01-01 00:00 UTC.
    case seconds, milliseconds, microseconds
    /// `2022-05-01`, `2022-05-01T12:30`, `2022-05-01 12:30:00.25+08:00`; UTC without an offset.
    case iso8601
    /// A pattern of `%Y %m %d %H %M %S %f %z` and other text.
    case pattern(MomentPattern)

    enum Failure: Error {
        case malformed, outOfRange
    }

    /// Microseconds since 1970-01-01 00:00 UTC.
    func parse(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Int64 {
        switch self {
        case .seconds: try Self.count(bytes, of: 1_000_000)
        case .milliseconds: try Self.count(bytes, of: 1_000)
        case .microseconds: try Self.count(bytes, of: 1)
        case .iso8601: try Self.iso8601(bytes)
        case .pattern(let pattern): try pattern.parse(bytes)
        }
    }

    private static func count(
        _ bytes: UnsafeRawBufferPointer, of unit: Int64
    ) throws(Failure) -> Int64 {
        let number: Int64
        do {
            number = try FieldParser.integer(bytes)
        } catch {
            throw error == .malformed ? .malformed : .outOfRange
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        // Overflow and both infinities of the server lie outside.
        guard !overflow, product != .max, product != .min else { throw .outOfRange }
        return product
    }

    private static func iso8601(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Int64 {
        var cursor = MomentCursor(bytes)
        var civil = CivilMoment()
        civil.year = try cursor.digits(4)
        try cursor.skip(UInt8(ascii: "-"))
        civil.month = try cursor.digits(2)
        try cursor.skip(UInt8(ascii: "-"))
        civil.day = try cursor.digits(2)
        if !cursor.isAtEnd {
            guard cursor.take(UInt8(ascii: "T")) || cursor.take(UInt8(ascii: " ")) else {
                throw .malformed
            }
            civil.hour = try cursor.digits(2)
            try cursor.skip(UInt8(ascii: ":"))
            civil.minute = try cursor.digits(2)
            if cursor.take(UInt8(ascii: ":")) {
                civil.second = try cursor.digits(2)
                if cursor.take(UInt8(ascii: ".")) { civil.microsecond = try cursor.fraction() }
            }
            if !cursor.isAtEnd { civil.offsetSeconds = try cursor.offset() }
        }
        guard cursor.isAtEnd else { throw .malformed }
        return try civil.microsecondsSinceEpoch()
    }

    /// Reads ISO 8601 text; nil when it is not that.
    static func timestamp(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { try? iso8601(UnsafeRawBufferPointer($0)) }.map {
            Timestamp(microsecondsSinceEpoch: $0)
        }
    }
}
