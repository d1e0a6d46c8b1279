import Foundation
import Testing

@testable import Report

@Suite struct LineChartTests {
    private func series(_ name: String, _ xs: some Sequence<Int>) -> Section.Series {
        Section.Series(
            name: name,
            points: xs.map { .init(x: Double($0), label: "2026-01-\(10 + $0 % 20)", y: Double($0)) }
        )
    }

    private func chart(_ series: [Section.Series]) -> String {
        LineChart(drawing: .init(measure: "recall", series: series), names: series.map(\.name)).html
    }

    /// The labels below a drawing: where each begins and ends.
    private func labels(_ html: String) throws -> [(start: Double, end: Double)] {
        try html.matches(of: /x="([-0-9.]+)" y="184.0" text-anchor="(\w+)">([^<]*)</).map {
            let x = try #require(Double($0.1))
            let width = TextFit.width(String($0.3))
            let start = $0.2 == "start" ? x : $0.2 == "end" ? x - width : x - width / 2
            return (start, start + width)
        }
    }

    @Test func `a year has dates along it that do not touch`() throws {
        let found = try labels(chart([series("funnel", 0..<365)]))
        #expect(found.count == 4)
        for (before, after) in zip(found, found.dropFirst()) { #expect(before.end < after.start) }
    }

    @Test(arguments: [([5], 1), ([0, 365], 2), ([0, 1, 365], 2), ([0, 180, 365], 3)])
    func `few points have a label each where there is room`(days: [Int], count: Int) throws {
        #expect(try labels(chart([series("funnel", days)])).count == count)
    }

    @Test func `a year is a line with a dot at its newest point`() {
        let html = chart([series("a", 0..<365), series("once", [100])])
        #expect(html.components(separatedBy: "<polyline").count == 2)
        #expect(html.components(separatedBy: "<circle").count == 3)
        #expect(chart([series("a", 0..<9)]).components(separatedBy: "<circle").count == 10)
    }

    @Test func `many lines are told apart`() {
        let html = chart((0..<14).map { series("line \($0)", 0..<3) })
        let looks = html.matches(of: /class="line ([^"]*)"/).map { String($0.1) }
        #expect(looks.count == 14 && Set(looks).count == 14)
        #expect(looks == html.matches(of: /class="swatch ([^"]*)"/).map { String($0.1) })
    }

    @Test func `a series looks the same in each drawing`() throws {
        let section = Section(
            name: "s", title: "S", question: "?",
            content: .lines([
                .init(measure: "recall", series: [series("a", 0..<3), series("b", 0..<3)]),
                .init(measure: "coverage", series: [series("b", 0..<3)]),
            ]))
        let html = ReportPage(title: "t", moment: "m", sections: [section]).html
        let figures = html.components(separatedBy: "<figure>").dropFirst()
        let last = try #require(figures.last)
        #expect(figures.count == 2 && last.contains("class=\"line c2\""))
        #expect(last.contains("<figcaption>coverage</figcaption>"))
    }

    @Test func `what ended earlier says when`() {
        let html = chart([series("nightly", 0..<10), series("once", [3])])
        #expect(html.contains("nightly <b>9</b></li>"))
        #expect(html.contains("once <b>3</b> at 2026-01-13</li>"))
    }
}
