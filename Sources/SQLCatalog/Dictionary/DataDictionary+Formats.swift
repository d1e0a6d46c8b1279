import Foundation

extension DataDictionary {
    /// What a dictionary can be written as.
    public enum Format: String, CaseIterable, Sendable {
        case markdown, json, html
    }

    /// The whole dictionary as text that ends with a line break.
    public func text(as format: Format) throws -> String {
        switch format {
        case .markdown: markdown
        case .json: try json
        case .html: html
        }
    }

    private var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        }
    }

    static let title = "Data dictionary"
    static let preface = [
        "Every table and view, from the catalogue of the database and the headers of the SQL files. Do not "
            + "edit: `vitrine dictionary > docs/dictionary.md` writes it.",
        "Owners are rows of `ops.data_owners`, units and what is personal rows of `ops.column_traits`. "
            + "Personal is what stands in one row with a `user_id`, and what a row says besides.",
    ]

    private static let headings = ["column", "type", "unit", "personal", "meaning"]

    /// The schemas in order, each with its relations.
    var schemas: [(name: String, relations: [Relation])] {
        var found: [(name: String, relations: [Relation])] = []
        for relation in relations {
            if found.last?.name != relation.schema { found.append((relation.schema, [])) }
            found[found.count - 1].relations.append(relation)
        }
        return found
    }

    // MARK: - Markdown

    private var markdown: String {
        var lines = ["# \(Self.title)"]
        for paragraph in Self.preface { lines += ["", paragraph] }
        for (name, relations) in schemas {
            lines += ["", "## \(name)"]
            for relation in relations {
                lines += [
                    "", "### \(relation.qualifiedName)", "", Self.cell(relation.description), "",
                ]
                lines.append(relation.facts.map { "\($0): \($1)" }.joined(separator: " · "))
                lines += [
                    "", "| \(Self.headings.joined(separator: " | ")) |",
                    "| \(Self.headings.map { _ in "---" }.joined(separator: " | ")) |",
                ]
                lines += relation.columns.map { column in
                    "| "
                        + column.cells.map(Self.cell).joined(separator: " | ")
                        + " |"
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Text that neither ends a cell nor begins markup.
    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing("\n", with: " ")
    }

    // MARK: - HTML

    private var html: String {
        var lines = [
            "<!doctype html>", "<html lang=\"en\">", "<meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
            "<title>\(Self.title)</title>", Self.style, "<h1>\(Self.title)</h1>",
        ]
        lines += Self.preface.map { "<p>\(Self.marked($0))</p>" }
        lines.append("<nav><ul>")
        lines += schemas.map { name, relations in
            "<li>\(name): "
                + relations.map { "<a href=\"#\($0.qualifiedName)\">\($0.name)</a>" }
                .joined(separator: ", ") + "</li>"
        }
        lines.append("</ul></nav>")
        for (name, relations) in schemas {
            lines.append("<h2>\(name)</h2>")
            for relation in relations { lines += Self.section(relation) }
        }
        return lines.joined(separator: "\n") + "\n</html>\n"
    }

    private static func section(_ relation: Relation) -> [String] {
        var lines = [
            "<h3 id=\"\(relation.qualifiedName)\">\(relation.qualifiedName)</h3>",
            "<p>\(marked(relation.description))</p>",
            "<p>"
                + relation.facts.map { "\($0): \(escaped($1))" }.joined(separator: " · ") + "</p>",
            "<div><table><tr>" + headings.map { "<th>\($0)</th>" }.joined() + "</tr>",
        ]
        lines += relation.columns.map { column in
            "<tr>"
                + zip(headings, column.cells).map { heading, cell in
                    "<td data-column=\"\(heading)\">\(marked(cell))</td>"
                }.joined() + "</tr>"
        }
        return lines + ["</table></div>"]
    }

    private static let style = """
        <style>
        :root { color-scheme: light dark; }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
        div { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0;
            border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
        td:first-child, code { font-family: ui-monospace, monospace; }
        p, li, td { overflow-wrap: anywhere; }
        /* On a phone a row is a block: what a column means stands in the last of five. */
        @media (max-width: 700px) {
            ul { padding-left: 1rem; }
            tr:first-child { display: none; }
            table, tbody, tr { display: block; }
            tr { padding: 0.5rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
            td { display: block; padding: 0 0 0 5.5rem; border: 0; }
            td:empty { display: none; }
            td::before { content: attr(data-column); float: left; margin-left: -5.5rem; opacity: 0.75;
                font-family: system-ui, sans-serif; }
        }
        </style>
        """

    /// Text in which what stands between backticks is code.
    private static func marked(_ text: String) -> String {
        escaped(text).replacing(/`([^`]+)`/) { "<code>\($0.1)</code>" }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}

extension DataDictionary.Relation {
    /// What is told of it besides its columns, name by name.
    fileprivate var facts: [(String, String)] {
        func list(_ names: [String]) -> String {
            names.isEmpty ? "no statement of the engine" : names.joined(separator: ", ")
        }
        var facts = [(isView ? "View; owner" : "Table; owner", owner)]
        facts.append(("personal data", isPersonal ? "yes" : "no"))
        if !isView { facts.append(("written by", list(writtenBy))) }
        facts.append(("read by", list(readBy)))
        return facts
    }
}

extension DataDictionary.Column {
    /// A row of the table of columns.
    fileprivate var cells: [String] {
        [
            name, isNullable ? "\(type), may be null" : type, unit ?? "",
            isPersonal ? "yes" : "", description,
        ]
    }
}
