/// A pattern for moments in the manner of `strftime`: `%Y` four digits, `%m %d %H %M %S` two, `%f`
/// one to six digits of a fraction, `%z` an offset (`Z`, `+08`, `+0800`, `+08:00`), `%%` itself;
/// everything else stands for itself.
public struct MomentPattern: Hashable, Sendable {
    private enum Part: Hashable {
        case literal(UInt8)
        case year, month, day, hour, minute, second, fraction, offset
    }

    private let parts: [Part]
    /// The offset of moments whose text has none, in seconds east of UTC.
    private let offsetSeconds: Int

    /// - Throws: The text of what is wrong with the pattern.
    init(_ text: String, offsetSeconds: Int) throws(InvalidPattern) {
        var parts: [Part] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                parts.append(.literal(byte))
                continue
            }
            switch bytes.popFirst() {
            case UInt8(ascii: "Y"): parts.append(.year)
            case UInt8(ascii: "m"): parts.append(.month)
            case UInt8(ascii: "d"): parts.append(.day)
            case UInt8(ascii: "H"): parts.append(.hour)
            case UInt8(ascii: "M"): parts.append(.minute)
            case UInt8(ascii: "S"): parts.append(.second)
            case UInt8(ascii: "f"): parts.append(.fraction)
            case UInt8(ascii: "z"): parts.append(.offset)
            case UInt8(ascii: "%"): parts.append(.literal(UInt8(ascii: "%")))
            default:
                throw InvalidPattern(
                    message: "a date format may use %Y %m %d %H %M %S %f %z and %% alone")
            }
        }
        guard parts.contains(.year), parts.contains(.month), parts.contains(.day) else {
            throw InvalidPattern(message: "a date format needs %Y, %m and %d")
        }
        self.parts = parts
        self.offsetSeconds = offsetSeconds
    }

    struct InvalidPattern: Error {
        var message: String
    }

    func parse(_ bytes: UnsafeRawBufferPointer) throws(MomentUnit.Failure) -> Int64 {
        var cursor = MomentCursor(bytes)
        var civil = CivilMoment()
        civil.offsetSeconds = offsetSeconds
        for part in parts {
            switch part {
            case .literal(let byte): try cursor.skip(byte)
            case .year: civil.year = try cursor.digits(4)
            case .month: civil.month = try cursor.digits(2)
            case .day: civil.day = try cursor.digits(2)
            case .hour: civil.hour = try cursor.digits(2)
            case .minute: civil.minute = try cursor.digits(2)
            case .second: civil.second = try cursor.digits(2)
            case .fraction: civil.microsecond = try cursor.fraction()
            case .offset: civil.offsetSeconds = try cursor.offset()
            }
        }
        guard cursor.isAtEnd else { throw .malformed }
        return try civil.microsecondsSinceEpoch()
    }
}

/// Reads the parts of a moment one after another.
struct MomentCursor {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func skip(_ byte: UInt8) throws(MomentUnit.Failure) {
        guard take(byte) else { throw .malformed }
    }

    mutating func digits(_ count: Int) throws(MomentUnit.Failure) -> Int {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { throw .malformed }
            value = value * 10 + digit
        }
        return value
    }

    /// One to six digits, as microseconds.
    mutating func fraction() throws(MomentUnit.Failure) -> Int {
        var value = 0
        var count = 0
        while count < 6, let digit = digit() {
            value = value * 10 + digit
            count += 1
        }
        guard count > 0 else { throw .malformed }
        for _ in count..<6 { value *= 10 }
        return value
    }

    /// Seconds east of UTC.
    mutating func offset() throws(MomentUnit.Failure) -> Int {
        if take(UInt8(ascii: "Z")) { return 0 }
        let isNegative = take(UInt8(ascii: "-"))
        if !isNegative { try skip(UInt8(ascii: "+")) }
        let hours = try digits(2)
        var minutes = 0
        if take(UInt8(ascii: ":")) || !isAtEnd { minutes = try digits(2) }
        guard hours < 16, minutes < 60 else { throw .malformed }
        return (hours * 3_600 + minutes * 60) * (isNegative ? -1 : 1)
    }

    private mutating func digit() -> Int? {
        guard index < bytes.count, bytes[index] &- 48 < 10 else { return nil }
        defer { index += 1 }
        return Int(bytes[index] &- 48)
    }
}

/// A moment as calendar and clock show it.
struct CivilMoment {
    var year = 0
    var month = 0
    var day = 0
    var hour = 0
    var minute = 0
    var second = 0
    var microsecond = 0
    var offsetSeconds = 0

    func microsecondsSinceEpoch() throws(MomentUnit.Failure) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day >= 1, day <= lengths[month - 1], hour < 24,
            minute < 60, second < 60
        else { throw .malformed }
        // Days from 1970-01-01, counted from 1 March of a 400-year era: Hinnant, "chrono-Compatible
        // Low-Level Date Algorithms" (2014). Years are never negative here.
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offsetSeconds
        return Int64(seconds) * 1_000_000 + Int64(microsecond)
    }
}
