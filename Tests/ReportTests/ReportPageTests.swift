import Foundation
import Testing

@testable import Report

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ReportPageTests {
    /// Text that would break out of a tag or an attribute.
    private let hostile = "<script>alert('x')</script> & \"quoted\" \u{1}"

    private var sections: [Section] {
        let points = (0..<3).map {
            Section.Point(x: Double($0), label: "day \($0) \(hostile)", y: Double($0) / 10)
        }
        return [
            Section(
                name: "tiles", title: hostile, question: hostile,
                content: .tiles([
                    .init(label: hostile, value: hostile, note: hostile, state: .bad)
                ])),
            Section(
                name: "lines", title: "Lines", question: "?",
                content: .lines([
                    .init(
                        measure: hostile,
                        series: [
                            .init(name: hostile, points: points),
                            .init(name: "one", points: [points[1]]),
                        ])
                ]), note: hostile),
            Section(
                name: "bars", title: "Bars", question: "?",
                content: .bars(
                    [
                        .init(
                            label: hostile + String(repeating: "long ", count: 40), value: 3,
                            note: hostile, state: .good),
                        .init(label: "none", value: 0, note: "", state: .plain),
                    ], unit: "items")),
            Section(
                name: "table", title: "Table", question: "?",
                content: .table(
                    columns: [hostile, "b"], rows: [.init(cells: [hostile, "2"], state: .bad)])),
            Section(
                name: "empty", title: "Empty", question: "?", content: .bars([], unit: ""),
                note: "How to read it", nothing: "None is open \(hostile)"),
        ]
    }

    private var page: String {
        ReportPage(title: hostile, moment: "2026-01-01 00:00 UTC", sections: sections).html
    }

    @Test func `nothing that is shown can leave its place`() {
        #expect(!page.contains("<script"))
        #expect(!page.unicodeScalars.contains { $0.value == 1 })
        #expect(page.components(separatedBy: "&lt;script&gt;").count > 15)
    }

    @Test func `it needs nothing from outside`() {
        for word in ["http:", "https:", "<link", "<script", "@import", "url(", "src="] {
            #expect(!page.contains(word), "\(word)")
        }
    }

    @Test func `tags close in order`() {
        let body = page.components(separatedBy: "<body>")[1].components(separatedBy: "</body>")[0]
        var open: [String] = []
        for match in body.matches(of: /<(\/?)([a-z0-9]+)([^>]*?)(\/?)>/) {
            let name = String(match.2)
            if !match.1.isEmpty {
                #expect(open.popLast() == name)
            } else if match.4.isEmpty {
                open.append(name)
            }
        }
        #expect(open.isEmpty)
    }

    @Test func `what has no rows says so instead of an empty chart`() throws {
        let part = try #require(page.components(separatedBy: "<section id=\"empty\"").last)
        #expect(part.contains("None is open"))
        #expect(!part.contains("<svg") && !part.contains("How to read it"))
    }

    @Test func `drawings stay within their frame`() throws {
        for chart in [
            LineChart(
                drawing: .init(
                    measure: "m",
                    series: [
                        .init(
                            name: "a",
                            points: (0..<400).map {
                                .init(x: Double($0), label: "\($0)", y: sin(Double($0)) * 1e6)
                            })
                    ]), names: ["a"]
            ).html,
            BarChart(
                bars: [1e9, 5, 0].map {
                    .init(
                        label: String(repeating: "of_many_parts_", count: 9), value: $0,
                        note: "a rather long note of it", state: .plain)
                }, unit: ""
            ).html,
        ] {
            let frame = try #require(chart.firstMatch(of: /viewBox="0 0 (\d+) (\d+)"/))
            let (width, height) = (try #require(Double(frame.1)), try #require(Double(frame.2)))
            for match in chart.matches(of: /(?:x|cx|x1|x2)="([-0-9.]+)"/) {
                let x = try #require(Double(match.1))
                #expect(x >= 0 && x <= width)
            }
            for match in chart.matches(of: /(?:y|cy|y1|y2)="([-0-9.]+)"/) {
                let y = try #require(Double(match.1))
                #expect(y >= 0 && y <= height)
            }
        }
    }
}
