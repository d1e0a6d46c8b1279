/// Well-formed UTF-8 as the Unicode Standard defines it (table 3-7): no overlong forms, no
/// surrogates, nothing beyond U+10FFFF.
enum UTF8Validation {
    /// Length of the scalar that begins at an offset, 1 to 4; 0 when none does.
    static func lengthOfScalar(in bytes: UnsafeRawBufferPointer, at start: Int) -> Int {
        let first = bytes[start]
        if first < 0x80 { return 1 }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0:
            length = 3
            second = 0xA0...0xBF
        case 0xED:
            length = 3
            second = 0x80...0x9F
        case 0xE1...0xEF: length = 3
        case 0xF0:
            length = 4
            second = 0x90...0xBF
        case 0xF1...0xF3: length = 4
        case 0xF4:
            length = 4
            second = 0x80...0x8F
        default: return 0
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { return 0 }
        for index in start + 2..<Swift.max(start + 2, start + length)
        where bytes[index] & 0xC0 != 0x80 {
            return 0
        }
        return length
    }

    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            let length = lengthOfScalar(in: bytes, at: index)
            if length == 0 { return false }
            index += length
        }
        return true
    }
}
