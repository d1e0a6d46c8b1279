import CKernels

/// The SIMD loops over numbers of 16 bits, at one instruction set.
///
/// Arithmetic is done in floats; a number is narrowed once, when it is written.
public struct NarrowKernels: Sendable {
    /// How a number lies in 16 bits.
    public enum Format: String, CaseIterable, Sendable {
        /// The upper half of a float: its range, and some 2 to 3 decimal digits.
        case bfloat16
        /// IEEE 754 binary16: up to 65,504, and some 3 to 4 decimal digits.
        case float16
    }

    /// The instruction set of these kernels.
    public let level: Kernels.Level

    // Points to a constant of the C module, which nothing changes after it is loaded.
    private nonisolated(unsafe) let table: UnsafePointer<vitrine_narrow_kernels>

    /// The kernels of the highest level that this processor can run.
    public static let best = NarrowKernels(level: Kernels.best.level)!

    /// Kernels of one level, or nil when this processor cannot run it.
    public init?(level: Kernels.Level) {
        guard let table = vitrine_narrow_kernels_at(level.rawValue) else { return nil }
        self.level = level
        self.table = table
    }

    func kernels(_ format: Format) -> vitrine_narrow_format_kernels {
        switch format {
        case .bfloat16: table.pointee.bfloat16
        case .float16: table.pointee.float16
        }
    }

    /// Writes `count` numbers as floats, exactly.
    public func widen(
        _ numbers: UnsafePointer<UInt16>, _ format: Format, into out: UnsafeMutablePointer<Float>,
        _ count: Int
    ) {
        kernels(format).widen(numbers, out, count)
    }

    /// Writes the nearest number to each of `count` floats.
    ///
    /// What is too large for float16 becomes its largest value; a NaN stays one.
    public func narrow(
        _ values: UnsafePointer<Float>, _ format: Format,
        into out: UnsafeMutablePointer<UInt16>, _ count: Int
    ) {
        kernels(format).narrow(values, out, count)
    }

    /// Writes one of the two neighbours of each of `count` floats, so that the expectation stays:
    /// steps too small for the last bit are then made some of the time, and not lost.
    ///
    /// The draw for values[i] depends on (`seed`, i) alone.
    public func narrow(
        _ values: UnsafePointer<Float>, _ format: Format,
        into out: UnsafeMutablePointer<UInt16>, _ count: Int, seed: UInt64
    ) {
        kernels(format).narrow_stochastic(values, out, count, seed)
    }
}
