public import Postgres
public import SQLCatalog

/// Reads the sections of the report: every file of `sql/report`, in the order of their names.
///
/// A file says in its header what it is (`Title`, `Question`, `Chart`), and gives rows as its chart
/// wants them:
///
/// | chart | rows |
/// | --- | --- |
/// | tiles | label text, value text, note text, state text (good, warn, bad, plain) |
/// | lines | measure text, series text, x double precision, label text, y double precision |
/// | bars | label text, value double precision, note text, state text |
/// | table | cells text[], under the headings of `Columns`, which are separated by bars; state text |
///
/// Lines have a drawing for each measure. `Unit` says in what bars are measured, `Note` what is to be
/// known to read the part, `Empty` what it says without rows.
public struct ReportReader {
    private let connection: Connection
    private let catalog: SQLCatalog

    public init(connection: Connection, catalog: SQLCatalog) {
        self.connection = connection
        self.catalog = catalog
    }

    /// All sections.
    ///
    /// - Throws: ``ReportError`` for a file whose header or rows are not as above.
    public func sections() throws -> [Section] {
        // One moment for all: figures of two sections agree.
        try connection.withTransaction {
            try catalog.names(in: "report").map { try section(catalog.script($0)) }
        }
    }

    private func section(_ script: SQLScript) throws -> Section {
        func field(_ name: String) throws -> String {
            guard let text = script.header.fields[name], !text.isEmpty else {
                throw ReportError(
                    "\(script.file) has no \(name)",
                    hint: "Give it a line -- \(name) in the comment at its head.")
            }
            return text
        }
        let kind = try field("Chart")
        return Section(
            name: String(script.name.split(separator: "/").last ?? ""),
            title: try field("Title"), question: try field("Question"),
            content: try content(kind, script, unit: script.header.fields["Unit"] ?? "", field),
            note: script.header.fields["Note"] ?? "",
            nothing: script.header.fields["Empty"] ?? "Nothing so far.")
    }

    private func content(
        _ kind: String, _ script: SQLScript, unit: String, _ field: (String) throws -> String
    ) throws -> Section.Content {
        let query = try script.query()
        switch kind {
        case "tiles":
            return .tiles(
                try connection.query(query, as: (String, String, String, String).self).map {
                    Section.Tile(
                        label: $0.0, value: $0.1, note: $0.2, state: try state($0.3, script))
                })
        case "lines":
            return .lines(try drawings(query, script))
        case "bars":
            return .bars(
                try connection.query(query, as: (String, Double, String, String).self).map {
                    guard $0.1.isFinite, $0.1 >= 0 else {
                        throw ReportError(
                            "\(script.file) gives a bar that is no number or below 0",
                            hint: "Show it as lines or as a table.")
                    }
                    return Section.Bar(
                        label: $0.0, value: $0.1, note: $0.2, state: try state($0.3, script))
                }, unit: unit)
        case "table":
            let columns = try field("Columns").split(separator: "|").map {
                String($0).trimmingSpaces
            }
            return .table(
                columns: columns,
                rows: try connection.query(query, as: ([String], String).self).map {
                    guard $0.0.count == columns.count else {
                        throw ReportError(
                            "\(script.file) gives \($0.0.count) cells for \(columns.count) columns",
                            hint: "Give a row as many cells as Columns has headings.")
                    }
                    return Section.Row(cells: $0.0, state: try state($0.1, script))
                })
        default:
            throw ReportError(
                "\(script.file) has a chart that does not exist",
                hint: "Charts are tiles, lines, bars and table.")
        }
    }

    /// Measures and series in the order in which they first come.
    private func drawings(_ query: Query, _ script: SQLScript) throws -> [Section.Drawing] {
        var drawings: [Section.Drawing] = []
        for (measure, name, x, label, y) in try connection.query(
            query, as: (String, String, Double, String, Double).self)
        {
            let drawing = drawings.place(of: Section.Drawing(measure: measure, series: [])) {
                $0.measure == measure
            }
            let line = drawings[drawing].series.place(of: Section.Series(name: name, points: [])) {
                $0.name == name
            }
            let last = drawings[drawing].series[line].points.last?.x ?? -.infinity
            guard x.isFinite, y.isFinite, last < x else {
                throw ReportError(
                    "\(script.file) gives a point that is no number or does not rise",
                    hint: "Order its rows by x, each x once in a series.")
            }
            drawings[drawing].series[line].points.append(Section.Point(x: x, label: label, y: y))
        }
        return drawings
    }

    private func state(_ name: String, _ script: SQLScript) throws -> Section.State {
        guard let state = Section.State(rawValue: name) else {
            throw ReportError(
                "\(script.file) gives a state that does not exist",
                hint: "States are good, warn, bad and plain.")
        }
        return state
    }
}

extension Array {
    /// Where an element is, which is appended where there is none.
    fileprivate mutating func place(
        of new: @autoclosure () -> Element, where isIt: (Element) -> Bool
    ) -> Int {
        if let place = firstIndex(where: isIt) { return place }
        append(new())
        return count - 1
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
