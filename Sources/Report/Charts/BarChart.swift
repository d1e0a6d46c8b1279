/// A bar for each of some things, as inline SVG: the label above its bar, so that long ones fit.
struct BarChart {
    let bars: [Section.Bar]
    let unit: String

    private static let width = 400.0
    private static let rowHeight = 34.0
    /// Room that a character takes beside a bar, at most on average.
    private static let characterWidth = 6.6
    /// Characters of a label that fit; the rest is in its title.
    private static let labelLength = 58
    private static let noteLength = 18

    /// - Precondition: There is a bar.
    var html: String {
        let greatest = max(bars.map(\.value).max() ?? 0, .leastNonzeroMagnitude)
        let texts = bars.map(text)
        let room = Double(texts.map(\.count).max() ?? 0) * Self.characterWidth + 8
        let height = Double(bars.count) * Self.rowHeight + 4
        var svg =
            "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(height))\" role=\"img\""
            + " aria-label=\"\(escaped(summary))\">\n"
        for (row, bar) in bars.enumerated() {
            let top = Double(row) * Self.rowHeight
            let length = bar.value / greatest * (Self.width - room)
            svg +=
                "<text class=\"label\" x=\"0\" y=\"\(number(top + 12))\">"
                + "\(escaped(short(bar.label, Self.labelLength)))"
                + "<title>\(escaped(bar.label))</title></text>\n"
                + "<rect class=\"bar \(bar.state.rawValue)\" x=\"0\" y=\"\(number(top + 17))\""
                + " width=\"\(number(max(length, 1)))\" height=\"10\" rx=\"2\"/>\n"
                + "<text class=\"tick\" x=\"\(number(max(length, 1) + 6))\" y=\"\(number(top + 26))\">"
                + "\(escaped(texts[row]))</text>\n"
        }
        return svg + "</svg>\n"
    }

    /// What stands beside a bar.
    private func text(_ bar: Section.Bar) -> String {
        let value = unit.isEmpty ? Axis.text(bar.value) : "\(Axis.text(bar.value)) \(unit)"
        return [value, short(bar.note, Self.noteLength)].filter { !$0.isEmpty }
            .joined(separator: " · ")
    }

    private func short(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }

    private var summary: String {
        bars.map { "\($0.label): \(Axis.text($0.value)) \(unit) \($0.note)" }
            .joined(separator: "; ")
    }
}
