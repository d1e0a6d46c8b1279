/// Numbers and truth values from the bytes of a field, without a `String` where that is possible.
enum FieldParser {
    enum Failure: Error {
        case malformed, outOfRange, notFinite
    }

    /// A decimal whole number with an optional sign.
    static func integer(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Int64 {
        var index = 0
        var isNegative = false
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            index = 1
        }
        guard index < bytes.count else { throw .malformed }
        var value: Int64 = 0
        var overflow = false
        while index < bytes.count {
            let digit = bytes[index] &- 48
            guard digit < 10 else { throw .malformed }
            // Counting down keeps the smallest number within reach.
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.subtractingReportingOverflow(Int64(digit))
            overflow = overflow || first || second
            value = sum
            index += 1
        }
        if overflow || (!isNegative && value == .min) { throw .outOfRange }
        return isNegative ? value : -value
    }

    /// A decimal number; `NaN` and infinities are refused as such.
    static func number(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Double {
        // Up to 15 digits are exact in a Double.
        if bytes.count <= 15, let whole = try? integer(bytes) { return Double(whole) }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.allSatisfy(isNumeric) else {
            let word = text.lowercased().drop { $0 == "-" || $0 == "+" }
            throw ["nan", "inf", "infinity"].contains(word) ? .notFinite : .malformed
        }
        guard let value = Double(text) else { throw .malformed }
        guard value.isFinite else { throw .outOfRange }
        return value
    }

    /// The truth values that PostgreSQL reads (manual, 8.6).
    static func boolean(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Bool {
        guard bytes.count <= 5 else { throw .malformed }
        switch String(decoding: bytes, as: UTF8.self).lowercased() {
        case "t", "true", "y", "yes", "on", "1": return true
        case "f", "false", "n", "no", "off", "0": return false
        default: throw .malformed
        }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
