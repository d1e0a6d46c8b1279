/// One record, valid while the closure it is handed to runs.
///
/// Fields are slices of the reader's buffer, unquoted, without a copy where nothing was doubled.
public struct Record {
    /// The line on which the record begins, counted from one.
    public let line: Int
    /// Nil for a record that is as it should be; the fields of others are not to be relied on.
    public let fault: RecordFault?
    /// The bytes of the record as they stood, without its line end. Of a record that is too long,
    /// the beginning.
    public let raw: UnsafeRawBufferPointer
    let fields: UnsafeBufferPointer<UnsafeRawBufferPointer>

    public var fieldCount: Int { fields.count }

    /// The bytes of a field.
    ///
    /// - Precondition: `0 <= index < fieldCount`.
    @inlinable public subscript(index: Int) -> UnsafeRawBufferPointer {
        field(index)
    }

    @usableFromInline
    func field(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(
            index >= 0 && index < fields.count,
            "field \(index) does not exist, the record has \(fields.count)")
        return fields[index]
    }

    /// A field as text; bytes that are not UTF-8 become U+FFFD.
    public func text(_ index: Int) -> String {
        String(decoding: field(index), as: UTF8.self)
    }

    /// The raw bytes as text for people: at most `limit` characters, with `\xNN` for what is not
    /// UTF-8 and for control characters other than tab and line ends.
    public func escapedText(limit: Int = 1_000) -> String {
        EscapedText.make(raw, limit: limit)
    }
}

/// Bytes as text in which nothing is hidden.
enum EscapedText {
    static func make(_ bytes: UnsafeRawBufferPointer, limit: Int) -> String {
        var output = String.UnicodeScalarView()
        var count = 0
        var start = 0
        while start < bytes.count, count < limit {
            let length = UTF8Validation.lengthOfScalar(in: bytes, at: start)
            let byte = bytes[start]
            let isControl = byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D
            if length == 0 || isControl || byte == 0x7F {
                // Four characters for one byte: stop rather than cut an escape in two.
                guard count + 4 <= limit else { break }
                let digits = String(byte, radix: 16, uppercase: true)
                output.append(contentsOf: "\\x\(byte < 16 ? "0" : "")\(digits)".unicodeScalars)
                count += 4
                start += 1
            } else {
                let slice = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
                output.append(contentsOf: String(decoding: slice, as: UTF8.self).unicodeScalars)
                count += 1
                start += length
            }
        }
        return String(output)
    }
}
