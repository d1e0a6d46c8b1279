import Foundation
import LinearAlgebra
import Testing

/// Numbers of 16 bits against arithmetic on their definition, at every level of this processor.
@Suite struct NarrowKernelsTests {
    typealias Format = NarrowKernels.Format
    static let levels = Kernels.Level.allCases.filter { NarrowKernels(level: $0) != nil }

    /// What 16 bits stand for: (−1)^s · 2^(e − bias) · 1.fraction, subnormal for e = 0.
    private func value(_ bits: UInt16, _ format: Format) -> Double {
        let fractionBits = format == .bfloat16 ? 7 : 10
        let bias = format == .bfloat16 ? 127 : 15
        let sign = bits >> 15 == 0 ? 1.0 : -1.0
        let exponent = Int(bits & 0x7FFF) >> fractionBits
        let fraction = Double(Int(bits) & (1 << fractionBits - 1)) / Double(1 << fractionBits)
        let largest = 1 << (15 - fractionBits) - 1
        if exponent == largest { return fraction == 0 ? sign * .infinity : .nan }
        return exponent == 0
            ? sign * fraction * exp2(Double(1 - bias))
            : sign * (1 + fraction) * exp2(Double(exponent - bias))
    }

    @Test(arguments: levels, Format.allCases)
    func everyNumberIsWidenedExactlyAndNarrowedBack(level: Kernels.Level, format: Format) throws {
        let kernels = try #require(NarrowKernels(level: level))
        let all = (0...UInt16.max).map { $0 }
        var floats = [Float](repeating: 0, count: all.count)
        kernels.widen(all, format, into: &floats, all.count)
        var back = [UInt16](repeating: 0, count: all.count)
        kernels.narrow(floats, format, into: &back, all.count)
        var drawn = back
        kernels.narrow(floats, format, into: &drawn, all.count, seed: 5)
        var wrong = 0
        for (bits, float) in zip(all, floats) {
            let expected = value(bits, format)
            if expected.isNaN {
                wrong += float.isNaN && value(back[Int(bits)], format).isNaN ? 0 : 1
                wrong += value(drawn[Int(bits)], format).isNaN ? 0 : 1
                continue
            }
            wrong += Double(float) == expected ? 0 : 1
            // Infinity is too large for float16, and becomes its largest value.
            guard !(expected.isInfinite && format == .float16) else { continue }
            wrong += back[Int(bits)] == bits && drawn[Int(bits)] == bits ? 0 : 1
        }
        #expect(wrong == 0)
    }

    @Test(arguments: levels, Format.allCases)
    func floatsGoToTheNearestNumber(level: Kernels.Level, format: Format) throws {
        let kernels = try #require(NarrowKernels(level: level))
        var generator = SeededGenerator(seed: 2)
        var floats: [Float] = (0..<4000).map { _ in
            generator.gaussian() * exp2(Float(generator.index(below: 40)) - 26)
        }
        // Halfway between two numbers, of which the even one counts.
        floats += [1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1p-11, 1 + 3 * 0x1p-11, 0, -0.0]
        if format == .float16 { floats += [70_000, -1e9, 65_519] }
        var bits = [UInt16](repeating: 0, count: floats.count)
        kernels.narrow(floats, format, into: &bits, floats.count)
        for (float, bits) in zip(floats, bits) {
            let nearest = value(bits, format)
            // Among the subnormal numbers of float16, scaling loses bits of a float.
            let slack = format == .float16 && abs(float) < 0x1p-14 ? 0x1p-38 : 0
            let error = abs(nearest - Double(float)) - slack
            for neighbour in [bits &- 1, bits &+ 1] {
                let other = value(neighbour, format)
                guard other.isFinite, neighbour & 0x7FFF != 0x7FFF else { continue }
                let distance = abs(other - Double(float))
                #expect(error <= distance, "\(float)")
                if error == distance { #expect(bits & 1 == 0, "\(float)") }
            }
        }
        if format == .float16 {
            #expect(bits.suffix(3).map { value($0, format) } == [65_504, -65_504, 65_504])
        }
    }

    @Test(arguments: levels, Format.allCases)
    func drawnNeighboursKeepTheMean(level: Kernels.Level, format: Format) throws {
        let kernels = try #require(NarrowKernels(level: level))
        let count = 20_000
        // A quarter of the way between two numbers.
        let step: Float = format == .bfloat16 ? 0x1p-7 : 0x1p-10
        for (sign, start) in [(1, 1), (-1, 1), (1, 1.5)] as [(Float, Float)] {
            let values = [Float](repeating: sign * (start + step / 4), count: count)
            var bits = [UInt16](repeating: 0, count: count)
            kernels.narrow(values, format, into: &bits, count, seed: 42)
            var floats = [Float](repeating: 0, count: count)
            kernels.widen(bits, format, into: &floats, count)
            #expect(Set(floats) == [sign * start, sign * (start + step)])
            let up = floats.filter { $0 != sign * start }.count
            // Five standard deviations of a binomial share.
            #expect(abs(Double(up) / Double(count) - 0.25) < 0.0154)

            var again = [UInt16](repeating: 0, count: count)
            kernels.narrow(values, format, into: &again, count, seed: 42)
            #expect(again == bits)
            var other = again
            kernels.narrow(values, format, into: &other, count, seed: 42 + 1 << 32)
            #expect(other != bits)
            var base = again
            try #require(NarrowKernels(level: .base))
                .narrow(values, format, into: &base, count, seed: 42)
            #expect(base == bits, "every level must draw the same")
        }
    }
}
