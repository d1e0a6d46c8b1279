/// The report as one HTML page: no script, no network, nothing outside of it.
public struct ReportPage {
    private let title: String
    private let moment: String
    private let sections: [Section]

    /// - Parameters:
    ///   - title: Such as the name of the database.
    ///   - moment: When it was made, as it is to be read.
    public init(title: String, moment: String, sections: [Section]) {
        self.title = title
        self.moment = moment
        self.sections = sections
    }

    /// The page, in UTF-8.
    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(title))</title>
        <style>
        \(Style.css)
        </style>
        </head>
        <body>
        <header>
        <h1>\(escaped(title))</h1>
        <p>As of \(escaped(moment))</p>
        </header>
        <main>
        \(sections.map(html(of:)).joined(separator: "\n"))
        </main>
        <footer>
        <p>Each part is a statement of sql/report over the views of monitor; vitrine report makes the page anew.</p>
        </footer>
        </body>
        </html>

        """
    }

    private func html(of section: Section) -> String {
        let id = escaped(section.name)
        return """
            <section id="\(id)"\(section.content.isWide ? " class=\"wide\"" : "") aria-labelledby="\(id)-title">
            <h2 id="\(id)-title">\(escaped(section.title))</h2>
            <p class="question">\(escaped(section.question))</p>
            \(section.content.isEmpty
                ? "<p class=\"nothing\">\(escaped(section.nothing))</p>"
                : html(of: section.content) + note(section.note))
            </section>
            """
    }

    private func note(_ text: String) -> String {
        text.isEmpty ? "" : "\n<p class=\"note\">\(escaped(text))</p>"
    }

    private func html(of content: Section.Content) -> String {
        switch content {
        case .tiles(let tiles):
            let cells = tiles.map { tile in
                "<div class=\"tile \(tile.state.rawValue)\"><div class=\"label\">\(escaped(tile.label))</div>"
                    + "<div class=\"value\">\(escaped(tile.value))</div>"
                    + "<div class=\"note\">\(escaped(tile.note))</div></div>"
            }
            return "<div class=\"tiles\">\(cells.joined(separator: "\n"))</div>"
        case .lines(let drawings):
            var names: [String] = []
            for line in drawings.flatMap(\.series) where !names.contains(line.name) {
                names.append(line.name)
            }
            let figures = drawings.map { LineChart(drawing: $0, names: names).html }
            return "<div class=\"drawings\">\(figures.joined())</div>"
        case .bars(let bars, let unit):
            return BarChart(bars: bars, unit: unit).html
        case .table(let columns, let rows):
            return TableText(columns: columns, rows: rows).html
        }
    }
}

extension Section.Content {
    /// Whether it takes the whole width.
    fileprivate var isWide: Bool {
        guard !isEmpty else { return false }
        return switch self {
        case .tiles: true
        case .table(let columns, _): columns.count > TableText.narrowCount
        case .lines(let drawings): drawings.count > 1
        case .bars: false
        }
    }
}
