import Foundation

/// A small, fast, seeded generator of random numbers: xoshiro256++ (Blackman, Vigna 2019).
///
/// The same seed and stream give the same numbers on every machine. Streams of one seed are
/// independent for practical purposes: give each purpose or each chunk its own.
///
/// ```swift
/// var generator = SeededGenerator(seed: 7, stream: 1)
/// let shuffled = rows.shuffled(using: &generator)
/// ```
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)
    // The second of two Gaussian numbers, which come in pairs.
    private var spare: Double?

    /// A generator at the start of a stream.
    public init(seed: UInt64, stream: UInt64 = 0) {
        // SplitMix64 spreads (seed, stream) over the state, as the authors advise.
        var mixer = SplitMix64(state: seed)
        mixer = SplitMix64(state: mixer.next() ^ (stream &* 0xD1B5_4A32_D192_ED03))
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        let sum = state.0 &+ state.3
        let result = (sum << 23 | sum >> 41) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// A number in 0 ..< 1, all multiples of 2⁻²⁴.
    public mutating func uniform() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// An index in `0 ..< bound`, by multiplication (Lemire 2019, without rejection: the bias is
    /// below `bound` / 2⁶⁴).
    public mutating func index(below bound: Int) -> Int {
        precondition(bound > 0, "no index below \(bound)")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number of the standard normal distribution (Box, Muller 1958).
    public mutating func gaussian() -> Float {
        if let value = spare {
            spare = nil
            return Float(value)
        }
        let radius = (-2 * log(Double((next() >> 11) + 1) * 0x1p-53)).squareRoot()
        let angle = 2 * Double.pi * Double(next() >> 11) * 0x1p-53
        spare = radius * sin(angle)
        return Float(radius * cos(angle))
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): one multiplication chain per number, for seeding.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator at a state; any number will do.
    public init(state: UInt64) {
        self.state = state
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

extension Matrix {
    /// A matrix of independent Gaussian numbers with mean 0.
    public static func gaussian(
        rows: Int, columns: Int, deviation: Float, using generator: inout SeededGenerator
    ) -> Matrix {
        Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in deviation * generator.gaussian() })
    }
}
