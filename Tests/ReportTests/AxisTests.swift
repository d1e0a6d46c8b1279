import Testing

@testable import Report

@Suite struct AxisTests {
    @Test(arguments: [
        (0.0, 10.0, [0.0, 5, 10]), (0.2981, 0.3045, [0.298, 0.3, 0.302, 0.304, 0.306]),
        (-3, 3, [-4, -2, 0, 2, 4]), (0, 0, [0, 0.5, 1]),
    ])
    func `ticks are round and reach around the numbers`(
        least: Double, greatest: Double, ticks: [Double]
    ) {
        let axis = Axis(least: least, greatest: greatest, count: ticks.count)
        #expect(axis.ticks.count == ticks.count)
        for (tick, expected) in zip(axis.ticks, ticks) { #expect(abs(tick - expected) < 1e-9) }
        #expect(axis.lower <= least && axis.upper >= greatest)
        #expect(Set(axis.ticks.map(axis.text)).count == ticks.count, "ticks can be told apart")
    }

    @Test func `one number has room on both sides`() {
        let axis = Axis(least: 0.3, greatest: 0.3, count: 5)
        #expect(axis.lower < 0.3 && axis.upper > 0.3 && axis.lower >= 0)
        let below = Axis(least: -8, greatest: -8, count: 5)
        #expect(below.lower < -8 && below.upper > -8)
    }

    @Test func `numbers are short and keep what is read`() {
        #expect(Axis.text(0.30371) == "0.3037")
        #expect(Axis.text(12) == "12")
        #expect(Axis.text(3.14159) == "3.14")
        #expect(Axis.text(1234.5) == "1234")
        #expect(Axis.text(16_511) == "16.5k")
        #expect(Axis.text(1_651_100) == "1.7M")
        #expect(Axis.text(2e9) == "2G")
        #expect(Axis.text(-0.0) == "0")
    }
}
