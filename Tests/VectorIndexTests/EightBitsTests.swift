import LinearAlgebra
import Testing
import VectorIndex

@Suite struct EightBitsTests {
    private func roundTrip(_ values: [Float]) -> (codes: [Int8], scale: Float, decoded: [Float]) {
        var codes = [Int8](repeating: 99, count: values.count)
        let scale = EightBits.encode(values, count: values.count, into: &codes)
        var decoded = [Float](repeating: .nan, count: values.count)
        EightBits.decode(codes, scale: scale, count: values.count, into: &decoded)
        return (codes, scale, decoded)
    }

    @Test func `values come back within half a step, the largest exactly in place`() {
        var generator = SeededGenerator(seed: 5)
        for magnitude in [1e-30, 1e-3, 1, 1e6, 1e30] as [Float] {
            let values = (0..<100).map { _ in magnitude * generator.gaussian() }
            let (codes, scale, decoded) = roundTrip(values)
            #expect(scale == values.map(abs).max()! / 127)
            #expect(codes.map { abs(Int($0)) }.max() == 127)
            for (value, back) in zip(values, decoded) {
                #expect(abs(value - back) <= 0.5001 * scale)
            }
        }
    }

    @Test func `zeros are zeros, and of two bytes equally near the even one is taken`() {
        let zeros = roundTrip([0, -0, 0])
        #expect(zeros.codes == [0, 0, 0] && zeros.scale == 0 && zeros.decoded == [0, 0, 0])
        let halves = roundTrip([127, 0.5, 1.5, 2.5, -0.5, -1.5])
        #expect(halves.scale == 1 && halves.codes == [127, 0, 2, 2, 0, -2])
    }
}
