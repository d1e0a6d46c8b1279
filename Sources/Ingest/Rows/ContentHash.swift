/// A 64-bit hash of a row's content, each part with a mark of what it is, so that absent parts and
/// shifted ones count.
///
/// Words are mixed with the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast Splittable
/// Pseudorandom Number Generators", OOPSLA 2014), which is a bijection. The values are stored: they
/// are the same on every machine and must stay what they are.
struct ContentHash {
    private var state: UInt64 = 0

    var value: Int64 { Int64(bitPattern: state) }

    private mutating func mix(_ word: UInt64) {
        var next = (state ^ word) &+ 0x9E37_79B9_7F4A_7C15
        next = (next ^ (next >> 30)) &* 0xBF58_476D_1CE4_E5B9
        next = (next ^ (next >> 27)) &* 0x94D0_49BB_1331_11EB
        state = next ^ (next >> 31)
    }

    mutating func combine(_ value: Int64?) {
        guard let value else { return mix(0) }
        mix(1)
        mix(UInt64(bitPattern: value))
    }

    mutating func combine(_ value: Float?) {
        guard let value else { return mix(0) }
        mix(2)
        // Zero has two bit patterns.
        mix(UInt64((value == 0 ? 0 : value).bitPattern))
    }

    mutating func combine(_ text: String?) {
        guard var text else { return mix(0) }
        mix(3)
        text.withUTF8 { bytes in
            mix(UInt64(bytes.count))
            var word: UInt64 = 0
            var count = 0
            for byte in bytes {
                word = word << 8 | UInt64(byte)
                count += 1
                if count == 8 {
                    mix(word)
                    (word, count) = (0, 0)
                }
            }
            if count > 0 { mix(word) }
        }
    }
}
