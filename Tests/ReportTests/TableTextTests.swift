import Testing

@testable import Report

@Suite struct TableTextTests {
    private func table(columns: Int, rows: Int) -> String {
        TableText(
            columns: (0..<columns).map { "column \($0)" },
            rows: (0..<rows).map { row in
                .init(cells: (0..<columns).map { "cell \(row)/\($0)" }, state: .plain)
            }
        ).html
    }

    @Test(arguments: [(1, 1), (10, 10), (11, 6), (200, 6)])
    func `of many rows some are seen at once and none is lost`(rows: Int, shown: Int) throws {
        let parts = table(columns: 2, rows: rows).components(separatedBy: "<details>")
        let seen = try #require(parts.first)
        #expect(seen.components(separatedBy: "<tr class=").count - 1 == shown)
        #expect(parts.count == (shown < rows ? 2 : 1))
        #expect(parts.joined().components(separatedBy: "<tr class=").count - 1 == rows)
        if let folded = parts.dropFirst().first {
            #expect(folded.contains("<summary>\(rows - shown) more</summary>"))
            #expect(folded.contains("<th scope=\"col\">column 1</th>"), "it can be read by itself")
        }
    }

    @Test func `a wide table has the heading at each cell, for who reads it as blocks`() {
        #expect(table(columns: 5, rows: 1).contains("<table class=\"wide\">"))
        #expect(!table(columns: 4, rows: 1).contains("class=\"wide\""))
        #expect(
            table(columns: 5, rows: 1).contains(
                "<td data-column=\"column 4\"><span>cell 0/4</span></td>"))
    }

    @Test func `numbers and dates are not broken, and nothing stands for nothing`() {
        let html = TableText(
            columns: ["a", "b", "c", "d"],
            rows: [
                .init(
                    cells: ["2026-11-21 03:15", "+0.0012", "20 rows of the import", ""], state: .bad
                )
            ]
        ).html
        #expect(html.components(separatedBy: "class=\"figure\"").count == 3)
        #expect(html.contains("<tr class=\"bad\">"))
        #expect(html.contains("<td data-column=\"d\"></td>"))
    }
}
