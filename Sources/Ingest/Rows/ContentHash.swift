/// The 64-bit FNV-1a hash (Fowler, Noll, Vo; RFC 9923) of a row's content, each part with a mark
/// of what it is, so that absent parts and shifted ones count.
struct ContentHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    var value: Int64 { Int64(bitPattern: state) }

    private mutating func byte(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    private mutating func word(_ word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            byte(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    mutating func combine(_ value: Int64?) {
        guard let value else { return byte(0) }
        byte(1)
        word(UInt64(bitPattern: value))
    }

    mutating func combine(_ value: Float?) {
        guard let value else { return byte(0) }
        byte(2)
        // Zero has two bit patterns.
        word(UInt64((value == 0 ? 0 : value).bitPattern))
    }

    mutating func combine(_ text: String?) {
        guard var text else { return byte(0) }
        byte(3)
        text.withUTF8 { bytes in
            word(UInt64(bytes.count))
            for next in bytes { byte(next) }
        }
    }
}
