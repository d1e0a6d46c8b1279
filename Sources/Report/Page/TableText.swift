/// Rows of text below column headings.
///
/// On a phone a row of more than a few columns is a block, each cell on a line with its heading: a table
/// that has to be pushed sideways is not read.
struct TableText {
    let columns: [String]
    let rows: [Section.Row]

    /// Columns that fit beside each other on a phone.
    static let narrowCount = 4
    /// Rows of a long table that are seen at once, and from where on it is long; the others unfold.
    private static let shownCount = 6
    private static let longCount = 10
    /// Characters of a number, a date or an interval, which is not broken.
    private static let figureLength = 18

    var html: String {
        guard rows.count > Self.longCount else { return table(rows[...]) }
        return table(rows.prefix(Self.shownCount))
            + "\n<details><summary>\(rows.count - Self.shownCount) more</summary>\n"
            + table(rows.dropFirst(Self.shownCount)) + "\n</details>"
    }

    private func table(_ rows: ArraySlice<Section.Row>) -> String {
        let head = columns.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
        let isWide = columns.count > Self.narrowCount
        return "<div class=\"scroll\"><table\(isWide ? " class=\"wide\"" : "")>"
            + "<thead><tr>\(head)</tr></thead>"
            + "<tbody>\(rows.map(html(of:)).joined(separator: "\n"))</tbody></table></div>"
    }

    private func html(of row: Section.Row) -> String {
        let cells = zip(columns, row.cells).map { column, cell in
            let isFigure =
                cell.count <= Self.figureLength
                && (cell.first.map { "+-0123456789".contains($0) } ?? false)
            // One element beside the heading, so that breaks do not make more; none where there is nothing.
            let text = cell.isEmpty ? "" : "<span>\(breakable(cell))</span>"
            return
                "<td\(isFigure ? " class=\"figure\"" : "") data-column=\"\(escaped(column))\">\(text)</td>"
        }
        return "<tr class=\"\(row.state.rawValue)\">\(cells.joined())</tr>"
    }
}
